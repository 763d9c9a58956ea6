#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/bench/bench_results.h"

namespace tintype {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
constexpr std::size_t kRunsMax = 100'000;  // of a method

Json summary_of(const BenchMethod& method) {
  const SampleSummary wall = summarise(method.seconds());
  std::vector<double> cpu;
  for (const BenchRun& run : method.runs) cpu.push_back(run.cpu_seconds);
  Json json{{"runs", method.runs.size()},    {"wall_s", wall.median}, {"wall_min_s", wall.min},
            {"wall_max_s", wall.max},        {"spread", wall.spread}, {"outliers", wall.outliers},
            {"cpu_s", summarise(cpu).median}};
  if (method.tells_bytes())
    json["mib_per_s"] = 1024 / std::max(summarise(method.seconds_per_gib()).median, 1e-12);
  return json;
}

Json runs_of(const BenchMethod& method) {
  Json runs = Json::array();
  for (std::size_t i = 0; i < method.runs.size(); ++i) {
    const BenchRun& run = method.runs[i];
    Json json{{"wall_s", run.wall_seconds}, {"cpu_s", run.cpu_seconds}, {"bytes", run.bytes}};
    if (run.latency_median_seconds > 0) {
      json["latency_p50_s"] = run.latency_median_seconds;
      json["latency_p99_s"] = run.latency_99_seconds;
    }
    if (!run.limiting.empty()) json["limiting"] = run.limiting;
    json["round"] = i + 1;
    runs.push_back(std::move(json));
  }
  return runs;
}

template <class T>
T value_of(const Json& json, const char* key, T otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->get<std::string>() : otherwise;
  } else if constexpr (std::is_same_v<T, double>) {
    return found->is_number() ? found->get<double>() : otherwise;
  } else {
    return found->is_number_unsigned() ? found->get<T>() : otherwise;
  }
}

BenchMethod method_of(const std::string& name, const Json& runs) {
  BenchMethod method{.name = name, .runs = {}};
  for (const Json& json : runs) {
    if (!json.is_object() || method.runs.size() == kRunsMax) continue;
    const double wall = value_of(json, "wall_s", 0.0);
    if (!(wall > 0) || !std::isfinite(wall)) continue;
    method.runs.push_back({.wall_seconds = wall,
                           .cpu_seconds = value_of(json, "cpu_s", 0.0),
                           .bytes = value_of(json, "bytes", std::uint64_t{0})});
  }
  return method;
}

}  // namespace

std::string to_json_text(const BenchResults& results, bool pretty) {
  Json summary = Json::object(), runs = Json::object();
  for (const BenchMethod& method : results.methods) {
    if (method.runs.empty()) continue;
    summary[method.name] = summary_of(method);
    runs[method.name] = runs_of(method);
  }
  const BenchMachine& machine = results.machine;
  const Json json{{"kind", results.kind},
                  {"date", results.date},
                  {"machine",
                   {{"processor", machine.processor},
                    {"cores", machine.cores},
                    {"memory_bytes", machine.memory_bytes},
                    {"kernel", machine.kernel},
                    {"load_before", machine.load_before}}},
                  {"subject", results.subject},
                  {"rounds", results.rounds},
                  {"programs", {{"tintype", results.program}}},
                  {"summary", summary},
                  {"warnings", results.warnings},
                  {"runs", runs}};
  return json.dump(pretty ? 1 : -1, ' ', false, Json::error_handler_t::replace);
}

Result<BenchResults> parse_bench_results(const std::string& text, const std::string& path) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {  // events: the summary is the last line
    const auto end = text.find_last_not_of('\n');
    if (end != std::string::npos) {
      const auto before = text.rfind('\n', end);
      const auto begin = before == std::string::npos ? 0 : before + 1;
      json = Json::parse(text.substr(begin, end + 1 - begin), nullptr, false);
    }
  }
  if (json.is_object() && json.contains("results")) json = Json(json["results"]);
  const auto runs = json.is_object() ? json.find("runs") : json.end();
  if (!json.is_object() || runs == json.end() || !runs->is_object())
    return plain_error(path + " holds no results of a bench",
                       "write some with tintype bench ... --output FILE");
  BenchResults results;
  results.kind = value_of(json, "kind", std::string());
  results.date = value_of(json, "date", std::string());
  results.subject = value_of(json, "subject", std::string());
  for (const auto& [name, list] : runs->items())
    if (list.is_array())
      if (BenchMethod method = method_of(name, list); !method.runs.empty())
        results.methods.push_back(std::move(method));
  if (results.methods.empty()) return plain_error(path + " holds results, but not of a single run");
  return results;
}

Result<BenchResults> read_bench_results(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return system_error(errno, "read", path);
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) {
    std::error_code ignored;
    return system_error(std::filesystem::is_directory(path, ignored)
                            ? static_cast<int>(std::errc::is_a_directory)
                            : static_cast<int>(std::errc::io_error),
                        "read", path, "name a file that tintype bench ... --output wrote");
  }
  if (text.size() > kFileBytesMax)
    return plain_error(path + " is too large for results of a bench");
  return parse_bench_results(text, path);
}

}  // namespace tintype
