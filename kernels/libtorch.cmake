# Which libtorch to build against: sets `libtorch` (a target; empty: none), TORCH_INCLUDE_DIRS, TORCH_INSTALL_PREFIX and DRCNN_CUDA.
#
# Looked at in turn: the folder that DRCNN_LIBTORCH names (a CMake variable or the environment's), CMAKE_PREFIX_PATH, the torch
# package of python3 where it is a CUDA one, the system. A CUDA libtorch needs nvcc; the others never look for it.
set(libtorch "")
set(DRCNN_CUDA OFF)
set(DRCNN_LIBTORCH "$ENV{DRCNN_LIBTORCH}" CACHE PATH "libtorch's folder, or its folder lib")
set(DRCNN_PYTHON python3 CACHE STRING "The Python whose torch package may be used")

# The folder above lib, where `lib` has CUDA's part; otherwise empty.
function(drcnn_cuda_libtorch folder result)
  set(${result} "" PARENT_SCOPE)
  foreach(candidate "${folder}" "${folder}/..")
    if(EXISTS "${candidate}/lib/libtorch_cuda.so" AND EXISTS "${candidate}/include/ATen/ATen.h")
      get_filename_component(found "${candidate}" ABSOLUTE)
      set(${result} "${found}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

set(cuda_libtorch "")
if(DRCNN_LIBTORCH)
  drcnn_cuda_libtorch("${DRCNN_LIBTORCH}" cuda_libtorch)
  list(PREPEND CMAKE_PREFIX_PATH "${DRCNN_LIBTORCH}" "${DRCNN_LIBTORCH}/..")
else()
  foreach(prefix ${CMAKE_PREFIX_PATH})
    # torch.utils.cmake_prefix_path is torch/share/cmake.
    foreach(folder "${prefix}" "${prefix}/../..")
      if(NOT cuda_libtorch)
        drcnn_cuda_libtorch("${folder}" cuda_libtorch)
      endif()
    endforeach()
  endforeach()
  if(NOT cuda_libtorch AND NOT CMAKE_PREFIX_PATH AND NOT Torch_DIR)
    # Found, not imported: an import takes seconds.
    execute_process(
      COMMAND ${DRCNN_PYTHON} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE package OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE missing)
    if(NOT missing)
      drcnn_cuda_libtorch("${package}" cuda_libtorch)
    endif()
  endif()
endif()

if(cuda_libtorch)
  if(NOT CMAKE_CUDA_COMPILER)
    find_program(nvcc nvcc HINTS "$ENV{CUDA_HOME}/bin" "$ENV{CUDA_PATH}/bin" /usr/local/cuda/bin)
    if(NOT nvcc)
      message(FATAL_ERROR
        "The libtorch in ${cuda_libtorch} is a CUDA one, but its compiler nvcc was not found: install the CUDA toolkit of its version "
        "and put nvcc on the PATH (or set CUDA_HOME), or set DRCNN_LIBTORCH to a CPU libtorch.")
    endif()
    set(CMAKE_CUDA_COMPILER "${nvcc}")
  endif()
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-arch OUTPUT_VARIABLE known)
    set(CMAKE_CUDA_ARCHITECTURES "")
    foreach(architecture 80 86 89 90)
      if(known MATCHES "compute_${architecture}[\r\n]")
        list(APPEND CMAKE_CUDA_ARCHITECTURES ${architecture}-real)
        set(newest ${architecture})
      endif()
    endforeach()
    # Later ones translate the newest's intermediate code.
    list(APPEND CMAKE_CUDA_ARCHITECTURES ${newest}-virtual)
  endif()
  enable_language(CUDA)
  set(DRCNN_CUDA ON)

  # Its own CMake files ask for parts of the toolkit that only PyTorch's build needs, so the libraries are named here.
  set(TORCH_INSTALL_PREFIX "${cuda_libtorch}")
  set(TORCH_INCLUDE_DIRS "${cuda_libtorch}/include" "${cuda_libtorch}/include/torch/csrc/api/include")
  add_library(drcnn_libtorch INTERFACE)
  target_include_directories(
    drcnn_libtorch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS} ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  # --no-as-needed: the registrations of CUDA's operators are in libraries that nothing of ours calls.
  target_link_libraries(
    drcnn_libtorch INTERFACE -Wl,--no-as-needed "${cuda_libtorch}/lib/libtorch.so" "${cuda_libtorch}/lib/libtorch_cpu.so"
    "${cuda_libtorch}/lib/libtorch_cuda.so" "${cuda_libtorch}/lib/libc10.so" "${cuda_libtorch}/lib/libc10_cuda.so"
    -Wl,--as-needed)
  set(abi "")
  set(config "${cuda_libtorch}/share/cmake/Torch/TorchConfig.cmake")
  if(EXISTS "${config}")
    file(STRINGS "${config}" abi REGEX "_GLIBCXX_USE_CXX11_ABI=[01]" LIMIT_COUNT 1)
  endif()
  if(abi MATCHES "(_GLIBCXX_USE_CXX11_ABI=[01])")
    target_compile_definitions(drcnn_libtorch INTERFACE ${CMAKE_MATCH_1})
  endif()
  # Where the version is defined has moved.
  foreach(header torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
    if(EXISTS "${cuda_libtorch}/include/${header}")
      file(STRINGS "${cuda_libtorch}/include/${header}" version REGEX "define TORCH_VERSION_M(AJOR|INOR) [0-9]")
      if(version MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+)")
        set(Torch_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
      endif()
    endif()
  endforeach()
  # Newer headers of libtorch want C++20.
  if(Torch_VERSION VERSION_GREATER_EQUAL 2.11)
    set(CMAKE_CXX_STANDARD 20)
  endif()
  set(CMAKE_CUDA_STANDARD ${CMAKE_CXX_STANDARD})
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
  # libtorch's own runtime: with a second one, errors of a launch would be kept where nobody looks.
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  set(libtorch drcnn_libtorch)
  message(STATUS "libtorch ${Torch_VERSION} with CUDA in ${cuda_libtorch}, for ${CMAKE_CUDA_ARCHITECTURES}; run with DRCNN_LIBTORCH=${cuda_libtorch}")
else()
  find_package(Torch QUIET)
  if(Torch_FOUND)
    set(libtorch torch)
    if(Torch_VERSION VERSION_GREATER_EQUAL 2.11)
      set(CMAKE_CXX_STANDARD 20)
    endif()
  endif()
endif()
