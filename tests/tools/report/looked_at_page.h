// A page as a browser shows it: Chromium without a window loads it and runs its scripts. Tells the
// document that it has become, what the browser complained of, and what was drawn.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_program.h"
#include "support/temp_dir.h"

namespace tintype::test {

class LookedAtPage {
 public:
  explicit LookedAtPage(const std::string& path, unsigned width = 1400) {
    std::ifstream in(path, std::ios::binary);
    std::string page(std::istreambuf_iterator<char>(in), {});
    add_counter(page);
    const std::string copy = folder_ / "page.html";
    std::ofstream(copy, std::ios::binary) << page;
    look(copy, width);
    read_canvases();
  }

  [[nodiscard]] const std::string& document() const { return document_; }
  // Lines of the console: errors of scripts, what the page's policy has blocked.
  [[nodiscard]] const std::vector<std::string>& console() const { return console_; }
  // Of each canvas, its opaque colours that are most frequent: "0072b2", pixels.
  using Inks = std::map<std::string, long>;
  [[nodiscard]] const std::vector<Inks>& canvases() const { return canvases_; }
  [[nodiscard]] long pixels(const std::string& colour) const {
    long sum = 0;
    for (const Inks& inks : canvases_)
      if (const auto found = inks.find(colour); found != inks.end()) sum += found->second;
    return sum;
  }

 private:
  // A script of the test, under the page's own nonce: nothing else would run in it.
  static void add_counter(std::string& page) {
    const std::size_t at = page.find("'nonce-");
    ASSERT_NE(at, std::string::npos);
    const std::string nonce = page.substr(at + 7, page.find('\'', at + 7) - at - 7);
    page.insert(page.rfind("</body>"), "<script nonce=\"" + nonce + R"("> setTimeout(() => {
      for (const canvas of document.querySelectorAll("canvas")) {
        const { width, height } = canvas;
        const seen = new Map();
        const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] !== 255) continue;
          const ink = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
          seen.set(ink, (seen.get(ink) || 0) + 1);
        }
        const most = [...seen].sort((a, b) => b[1] - a[1]).slice(0, 20);
        canvas.dataset.inks =
          most.map(([ink, count]) => ink.toString(16).padStart(6, "0") + ":" + count).join(" ");
      }
      document.documentElement.dataset.counted = "yes";
    }, 500); </script>)");
  }

  void look(const std::string& path, unsigned width) {
    const std::string profile = folder_ / "profile";
    ChildProgram browser({"/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
                          "--disable-quic", "--no-first-run", "--disable-background-networking",
                          "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
                          "--virtual-time-budget=5000", "--blink-settings=preferredColorScheme=1",
                          "--window-size=" + std::to_string(width) + ",1000",
                          "--user-data-dir=" + profile, "--dump-dom", "file://" + path});
    const int code = browser.wait();
    EXPECT_EQ(code, 0) << "chromium comes with tools/install-dependencies.sh test\n"
                       << browser.err();
    document_ = browser.out();
    EXPECT_NE(document_.find("data-counted=\"yes\""), std::string::npos) << browser.err();
    std::istringstream lines(browser.err());
    for (std::string line; std::getline(lines, line);)
      if (line.find(":CONSOLE") != std::string::npos) console_.push_back(line);
  }

  void read_canvases() {
    constexpr std::string_view kBegin = "data-inks=\"";
    for (std::size_t at = 0; (at = document_.find(kBegin, at)) != std::string::npos;) {
      at += kBegin.size();
      std::istringstream words(document_.substr(at, document_.find('"', at) - at));
      Inks& inks = canvases_.emplace_back();
      for (std::string word; words >> word;) inks[word.substr(0, 6)] = std::atol(word.c_str() + 7);
    }
  }

  TempDir folder_;
  std::string document_;
  std::vector<std::string> console_;
  std::vector<Inks> canvases_;
};

}  // namespace tintype::test
