// Working memory, and how values move between the layouts of the arguments and those that the loops want.
#pragma once

#include <algorithm>
#include <memory>
#include <new>

#include "../common/host_device.h"
#include "../common/host.h"

namespace drcnn::deform {

constexpr std::align_val_t kLine{64};

struct FreeLines {
  void operator()(void* memory) const { ::operator delete(memory, kLine); }
};

/// Numbers that are not cleared, from the start of a cache line.
template <typename T>
using Memory = std::unique_ptr<T[], FreeLines>;

template <typename T>
Memory<T> memory_for(int64_t count) {
  return Memory<T>(static_cast<T*>(::operator new(static_cast<size_t>(count) * sizeof(T), kLine)));
}

/// from [rows, columns] -> to [columns, rows], rows of each so far apart.
template <typename T>
void transpose(const T* from, int64_t from_stride, int64_t rows, int64_t columns, T* to, int64_t to_stride) {
  constexpr int64_t kSide = 16;  // pieces of whole cache lines on both sides
  for (int64_t top = 0; top < rows; top += kSide) {
    const int64_t bottom = std::min(top + kSide, rows);
    for (int64_t left = 0; left < columns; left += kSide) {
      const int64_t right = std::min(left + kSide, columns);
      for (int64_t column = left; column < right; column++) {
        for (int64_t row = top; row < bottom; row++) to[column * to_stride + row] = from[row * from_stride + column];
      }
    }
  }
}

/// from [count, rows, columns] -> to [count, columns, rows].
template <typename T>
void transpose_each(int64_t count, int64_t rows, int64_t columns, const T* from, T* to) {
  constexpr int64_t kRows = 16, kValues = 1 << 14;  ///< rows of a task; values that are worth a thread
  const int64_t tasks = ceil_div(rows, kRows);
  parallel_for(0, count * tasks, std::max<int64_t>(kValues / (kRows * columns), 1), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t matrix = task / tasks * rows * columns, row = task % tasks * kRows;
      transpose(from + matrix + row * columns, columns, std::min(kRows, rows - row), columns, to + matrix + row, rows);
    }
  });
}

}  // namespace drcnn::deform
