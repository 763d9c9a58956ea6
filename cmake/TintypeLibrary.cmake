# The target of a room: io/file is tintype_io_file. A layer's own folder, where it has rooms, is its
# base: io is tintype_io_base, for tintype::io is all of the layer.
function(tintype_room_name room result)
  string(REPLACE / _ name ${room})
  if(name MATCHES "^(io|verify|engine|tools)$")
    string(APPEND name _base)
  endif()
  set(${result} ${name} PARENT_SCOPE)
endfunction()

# tintype_room(SOURCES a.cc… PLATFORM_SOURCES b… HEADERS a.h b.h… USES io io/file… PRIVATE_USES pkg…)
# One room: the folder this is said in, as a static library. USES are rooms by their folder, the
# very row that tests/tidy has (an include that points elsewhere fails there), or targets. Of a
# platform source the system's own is taken: b is b_linux.cc on Linux. INTERNAL: not installed.
function(tintype_room)
  cmake_parse_arguments(ARG "INTERNAL" "" "SOURCES;PLATFORM_SOURCES;HEADERS;USES;PRIVATE_USES" ${ARGN})
  file(RELATIVE_PATH room ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  tintype_room_name(${room} name)
  string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
  list(TRANSFORM ARG_PLATFORM_SOURCES APPEND _${system}.cc)
  set(uses "")
  foreach(used IN LISTS ARG_USES)
    if(NOT used MATCHES "::")
      tintype_room_name(${used} used)
      set(used tintype_${used})
    endif()
    list(APPEND uses ${used})
  endforeach()

  add_library(tintype_${name} STATIC ${ARG_SOURCES} ${ARG_PLATFORM_SOURCES})
  set_target_properties(tintype_${name} PROPERTIES EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ON POSITION_INDEPENDENT_CODE ON)
  target_sources(tintype_${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_compile_features(tintype_${name} PUBLIC cxx_std_20)
  target_link_libraries(tintype_${name}
    PUBLIC ${uses} PRIVATE $<BUILD_INTERFACE:tintype_settings> ${ARG_PRIVATE_USES})
  if(ARG_INTERNAL)
    return()
  endif()
  install(TARGETS tintype_${name} EXPORT TintypeTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tintype)
endfunction()

# tintype_layer(NAME room…): all of its rooms, as tintype::NAME.
function(tintype_layer layer)
  add_library(tintype_${layer} INTERFACE)
  add_library(tintype::${layer} ALIAS tintype_${layer})
  set_target_properties(tintype_${layer} PROPERTIES EXPORT_NAME ${layer})
  foreach(room IN LISTS ARGN)
    tintype_room_name(${room} name)
    target_link_libraries(tintype_${layer} INTERFACE tintype_${name})
  endforeach()
  install(TARGETS tintype_${layer} EXPORT TintypeTargets)
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
