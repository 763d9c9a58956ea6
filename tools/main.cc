#include "tools/run.h"
#include "tools/session/system_env.h"

int main(int argc, char** argv) {
  tintype::SystemEnv system(argc, argv);
  return tintype::run(system.arguments(), system.env());
}
