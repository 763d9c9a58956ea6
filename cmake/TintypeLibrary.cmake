# tintype_library(NAME SOURCES a.cc… HEADERS a.h… USES tintype::other… PRIVATE_USES pkg…)
# One layer: a static library `tintype_NAME`, its alias `tintype::NAME`, its public headers.
function(tintype_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;USES;PRIVATE_USES" ${ARGN})
  add_library(tintype_${name} STATIC ${ARG_SOURCES})
  add_library(tintype::${name} ALIAS tintype_${name})
  set_target_properties(tintype_${name} PROPERTIES EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ON POSITION_INDEPENDENT_CODE ON)
  target_sources(tintype_${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_compile_features(tintype_${name} PUBLIC cxx_std_20)
  target_link_libraries(tintype_${name}
    PUBLIC ${ARG_USES} PRIVATE $<BUILD_INTERFACE:tintype_settings> ${ARG_PRIVATE_USES})
  install(TARGETS tintype_${name} EXPORT TintypeTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tintype)
endfunction()

# tintype_test(NAME SOURCES a_test.cc… USES tintype::…): one GoogleTest program, found by CTest.
# TIMEOUT seconds is a net under hangs, no measure of speed.
function(tintype_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tintype_settings ${ARG_USES} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
