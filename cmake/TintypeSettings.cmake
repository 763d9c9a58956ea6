# One interface target carries the language level and the warnings for every target of ours.
add_library(tintype_settings INTERFACE)
target_compile_features(tintype_settings INTERFACE cxx_std_20)
target_include_directories(tintype_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tintype_settings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)

option(TINTYPE_WARNINGS_AS_ERRORS "A warning fails the build (set by the presets)" OFF)
if(TINTYPE_WARNINGS_AS_ERRORS)
  target_compile_options(tintype_settings INTERFACE -Werror)
endif()

# "address,undefined", "thread", "fuzzer-no-link,address": see CMakePresets.json.
set(TINTYPE_SANITIZE "" CACHE STRING "Sanitizers for every target")
if(TINTYPE_SANITIZE)
  target_compile_options(tintype_settings INTERFACE
    -fsanitize=${TINTYPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tintype_settings INTERFACE -fsanitize=${TINTYPE_SANITIZE})
endif()
