// What NMS launches where the kernels of nms_blocks.h run, and the memory that the launches share.
#pragma once

#include <algorithm>

#include "../common/launch.h"
#include "../common/numbers.h"
#include "arguments.h"
#include "nms_blocks.h"

namespace drcnn::nms {

constexpr int64_t kMostBoxes = int64_t{1} << 30;
/// Memory for the words of CompareBoxes, unless fewer than kLeastWindow tiles fit.
constexpr int64_t kWordBytes = int64_t{128} << 20;
constexpr int64_t kLeastWindow = 16;

/// Tiles that each box is compared with before KeepBoxes.
inline int64_t window_of(int64_t count) {
  const int64_t all = parts<int64_t>(count, kTile);
  const int64_t fitting = kWordBytes / (std::max<int64_t>(count, 1) * static_cast<int64_t>(sizeof(uint64_t)));
  return std::min(all, std::max(fitting, kLeastWindow));
}

/// The parts of a call's scratch, one after the other.
template <typename T>
struct Scratch {
  T* boxes;           ///< [count, 4]
  uint64_t* words;    ///< [count, window]
  uint64_t* removed;  ///< [count]
  Span* spans;        ///< [count]

  static int64_t bytes(int64_t count, int64_t window) {
    return count * static_cast<int64_t>(4 * sizeof(T) + (window + 1) * sizeof(uint64_t) + sizeof(Span));
  }

  Scratch(void* memory, int64_t count, int64_t window)
      : boxes(static_cast<T*>(memory)), words(reinterpret_cast<uint64_t*>(boxes + 4 * count)), removed(words + count * window),
        spans(reinterpret_cast<Span*>(removed + count)) {}
};

/// As drcnn_cuda_nms_keep; its window is window_of's, the tests' are narrower. The arguments are checked.
template <typename From>
void keep_on(
    void* stream, const drcnn_nms& call, const From* boxes, const int64_t* order, const int64_t* groups, uint8_t* keep, void* memory,
    int64_t window) {
  using T = computed<From>;
  clear(stream, keep, call.boxes);
  if (call.places == 0) return;
  const Scratch<T> scratch(memory, call.places, window);
  clear(stream, scratch.removed, call.places * static_cast<int64_t>(sizeof(uint64_t)));
  const auto count = static_cast<int32_t>(call.places), width = static_cast<int32_t>(window);
  const Overlap<T> overlap(rule_of<T>(call.iou_threshold, call.offset, call.suppress_equal != 0));
  const GatherBoxes<From, T> gather{boxes, order, scratch.boxes, count};
  const FindGroups find{groups, scratch.spans, count};
  const CompareBoxes<T> compare{scratch.boxes, scratch.spans, scratch.words, count, width, overlap};
  using Keep = KeepBoxes<T>;
  const Keep decide{
      scratch.boxes, groups, order, scratch.spans, scratch.words, scratch.removed, reinterpret_cast<bool*>(keep), count, width,
      /*negative_is_padding=*/false, overlap};
  launch(stream, gather, parts<int64_t>(count, gather.kThreads));
  launch(stream, find, parts<int64_t>(count, find.kThreads));
  launch(stream, compare, compare.blocks());
  launch(stream, decide, decide.blocks(), sizeof(typename Keep::Shared));
}

}  // namespace drcnn::nms
