// Non-maximum suppression on CUDA, of all groups at once, with nothing read by the host.
//
// Boxes are sorted by group, then by descending score (gather_boxes); a group is a run of positions. In tiles of 64 boxes of a group:
//   1. find_groups: where the group of each position begins and ends;
//   2. compare_boxes: for each box, which later ones of its group it would suppress, a bit each, for a window of tiles;
//   3. keep_boxes: one block a group goes through its tiles in order: the first tile that is left decides what it keeps,
//      and its kept boxes strike out later ones, by the bits inside the window and by comparing beyond it.
// Words are found by the position of their tile's first box, which belongs to one group only, so groups share nothing.
// Determinism: bits are set in any order and boxes are kept in one. Complexity: O(boxes^2) per group over all threads,
// then O(tiles * window) per group in one block.
#pragma once

#include <algorithm>

#include "../common/cuda.h"
#include "../common/numbers.h"
#include "arguments.h"
#include "rule.h"

namespace drcnn::nms {

using Word = unsigned long long;  ///< a bit for each box of a tile

constexpr int kTile = 64;
constexpr int kGatherThreads = 128;
constexpr int kCompareThreads = 256;
constexpr int kCompareRows = 64;                                    ///< boxes of a block of compare_boxes
constexpr int kCompareLanes = kCompareThreads / kCompareRows;       ///< its threads of a box
constexpr int kCompareSplits = 8;                                   ///< its blocks that share the words of a box
constexpr int kKeepThreads = 256;
constexpr int kKeepStarts = 8;  ///< positions of a block of keep_boxes: it does the groups that begin there

template <typename T>
struct Overlap {
  Rule<T> rule;
  bool never_apart;  ///< boxes that do not meet never suppress each other: no division is needed then

  explicit Overlap(const Rule<T>& rule)
      : rule(rule), never_apart(rule.suppress_equal ? rule.bar > T(0) : rule.bar >= T(0)) {}

  /// Whether box a suppresses box b. The CPU's operations in the CPU's order; the conditional expressions return their
  /// first argument when the other is NaN.
  __device__ __forceinline__ bool suppresses(const T* a, const T* b) const {
    const T offset = rule.offset;
    const T left = a[0] < b[0] ? b[0] : a[0], top = a[1] < b[1] ? b[1] : a[1];
    const T right = b[2] < a[2] ? b[2] : a[2], bottom = b[3] < a[3] ? b[3] : a[3];
    const T wide = right - left + offset, high = bottom - top + offset;
    const T intersection = (T(0) < wide ? wide : T(0)) * (T(0) < high ? high : T(0));
    if (never_apart && intersection == T(0)) return false;
    const T area_a = (a[2] - a[0] + offset) * (a[3] - a[1] + offset);
    const T area_b = (b[2] - b[0] + offset) * (b[3] - b[1] + offset);
    const T iou = intersection / (area_a + area_b - intersection);
    return rule.suppress_equal ? iou >= rule.bar : iou > rule.bar;
  }
};

/// sorted [count, 4]: the boxes that order lists, in the type that they are compared in.
template <typename From, typename T>
__global__ void __launch_bounds__(kGatherThreads)
gather_boxes(const From* boxes, const int64_t* order, T* sorted, int32_t count) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * kGatherThreads + threadIdx.x;
  if (at >= count) return;
  for (int k = 0; k < 4; k++) sorted[4 * at + k] = static_cast<T>(boxes[4 * order[at] + k]);
}

/// The positions [begin, end) of a group.
struct Span {
  int32_t begin, end;
};

/// The first position of [low, high) whose group is not below the bound.
__device__ __forceinline__ int32_t first_not_below(const int64_t* groups, int32_t low, int32_t high, int64_t bound) {
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (groups[middle] < bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// spans [count] from the sorted groups [count]; null: one group.
static __global__ void __launch_bounds__(kGatherThreads) find_groups(const int64_t* groups, Span* spans, int32_t count) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * kGatherThreads + threadIdx.x;
  if (at >= count) return;
  const auto position = static_cast<int32_t>(at);
  if (groups == nullptr) {
    spans[position] = {0, count};
    return;
  }
  const int64_t group = groups[position];
  const int32_t begin = first_not_below(groups, 0, position, group);
  const int32_t end = group == INT64_MAX ? count : first_not_below(groups, position, count, group + 1);
  spans[position] = {begin, end};
}

/// words [count, window]: bit j of word w of a box is box 64 * w + j, counted from the beginning of the box's tile.
template <typename T>
__global__ void __launch_bounds__(kCompareThreads) compare_boxes(
    const T* boxes, const Span* spans, Word* words, int32_t count, int32_t window, const Overlap<T> overlap) {
  const int64_t row = static_cast<int64_t>(blockIdx.x / kCompareSplits) * kCompareRows + threadIdx.x % kCompareRows;
  if (row >= count) return;
  const auto position = static_cast<int32_t>(row);
  const Span span = spans[position];
  const int32_t tile = position - (position - span.begin) % kTile;
  const T box[4] = {boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3]};
  const int32_t last = min(window, ceil_div(span.end - tile, kTile));
  const int32_t split = blockIdx.x % kCompareSplits, lane = threadIdx.x / kCompareRows;
  for (int32_t word = split * kCompareLanes + lane; word < last; word += kCompareSplits * kCompareLanes) {
    const int32_t first = tile + word * kTile;
    const int32_t begin = max(first, position + 1), end = min(first + kTile, span.end);
    Word bits = 0;
    for (int32_t other = begin; other < end; other++) {
      if (overlap.suppresses(box, boxes + 4 * static_cast<int64_t>(other))) bits |= Word{1} << (other - first);
    }
    words[row * window + word] = bits;
  }
}

template <typename T>
struct Keep {
  const T* boxes;        ///< [count, 4], sorted
  const int64_t* order;  ///< position -> row
  const Span* spans;
  const Word* words;
  Word* removed;  ///< [count] zeros; the bits of a tile, at its first position
  bool* keep;     ///< false, by row
  int32_t count, window;
  Overlap<T> overlap;
};

/// Decides one tile of a group, and strikes out what its kept boxes suppress later.
template <typename T>
__device__ void keep_tile(const Keep<T>& all, const Span& span, int32_t tile) {
  constexpr int kSlices = kKeepThreads / kTile;
  __shared__ Word own[kTile];  // what the boxes of the tile do to each other
  __shared__ Word kept_here;
  const int t = threadIdx.x;
  const int32_t size = min(kTile, span.end - tile);

  if (t < size) own[t] = all.words[static_cast<int64_t>(tile + t) * all.window];
  __syncthreads();
  if (t == 0) {
    Word gone = all.removed[tile], kept = 0;
    for (int i = 0; i < size; i++) {
      const Word bit = Word{1} << i;
      if ((gone & bit) != 0) continue;
      kept |= bit;
      gone |= own[i];
    }
    kept_here = kept;
  }
  __syncthreads();

  const Word kept = kept_here;
  if (t < size && (kept >> t & 1) != 0) all.keep[all.order[tile + t]] = true;
  // A thread strikes out, for one later tile, what sixteen boxes of this one suppress.
  const int32_t last = min(all.window, ceil_div(span.end - tile, kTile));
  const int slice = t / kTile * (kTile / kSlices);
  for (int32_t word = 1 + t % kTile; word < last; word += kTile) {
    Word bits = 0;
    for (int i = slice; i < slice + kTile / kSlices; i++) {
      if ((kept >> i & 1) != 0) bits |= all.words[static_cast<int64_t>(tile + i) * all.window + word];
    }
    if (bits != 0) atomicOr(all.removed + tile + word * kTile, bits);
  }
  const int32_t beyond = tile + all.window * kTile;  // may pass the group's end, and INT32_MAX never: see kMostBoxes
  for (int32_t other = beyond + t; other < span.end; other += kKeepThreads) {
    const int32_t place = (other - tile) % kTile;
    for (int i = 0; i < size; i++) {
      if ((kept >> i & 1) == 0) continue;
      if (!all.overlap.suppresses(all.boxes + 4 * static_cast<int64_t>(tile + i), all.boxes + 4 * static_cast<int64_t>(other))) continue;
      atomicOr(all.removed + other - place, Word{1} << place);
      break;
    }
  }
  __syncthreads();
}

/// keep[order[p]] = true for each position p that is kept.
template <typename T>
__global__ void __launch_bounds__(kKeepThreads) keep_boxes(const __grid_constant__ Keep<T> all) {
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kKeepStarts;
  for (int64_t start = first; start < min<int64_t>(first + kKeepStarts, all.count); start++) {
    const Span span = all.spans[start];
    if (span.begin != start) continue;
    for (int32_t tile = span.begin; tile < span.end; tile += kTile) keep_tile(all, span, tile);
  }
}

// --- the launches, and the memory that they share -------------------------------------------------------------------------------------

constexpr int64_t kMostBoxes = int64_t{1} << 30;
/// Memory for the words of compare_boxes, unless fewer than kLeastWindow tiles fit.
constexpr int64_t kWordBytes = int64_t{128} << 20;
constexpr int64_t kLeastWindow = 16;

/// Tiles that each box is compared with before keep_boxes.
inline int64_t window_of(int64_t count) {
  const int64_t all = ceil_div<int64_t>(count, kTile);
  const int64_t fitting = kWordBytes / (std::max<int64_t>(count, 1) * static_cast<int64_t>(sizeof(Word)));
  return std::min(all, std::max(fitting, kLeastWindow));
}

/// The parts of a call's scratch, one after the other.
template <typename T>
struct Scratch {
  T* boxes;       ///< [count, 4]
  Word* words;    ///< [count, window]
  Word* removed;  ///< [count]
  Span* spans;    ///< [count]

  static int64_t bytes(int64_t count, int64_t window) {
    return count * static_cast<int64_t>(4 * sizeof(T) + (window + 1) * sizeof(Word) + sizeof(Span));
  }

  Scratch(void* memory, int64_t count, int64_t window)
      : boxes(static_cast<T*>(memory)), words(reinterpret_cast<Word*>(boxes + 4 * count)), removed(words + count * window),
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
  clear(stream, scratch.removed, call.places * static_cast<int64_t>(sizeof(Word)));
  const auto count = static_cast<int32_t>(call.places), width = static_cast<int32_t>(window);
  const Overlap<T> overlap(rule_of<T>(call.iou_threshold, call.offset, call.suppress_equal != 0));
  const auto blocks_of = [&](int64_t positions) { return ceil_div<int64_t>(count, positions); };
  launch(gather_boxes<From, T>, {blocks_of(kGatherThreads), kGatherThreads, stream}, boxes, order, scratch.boxes, count);
  launch(find_groups, {blocks_of(kGatherThreads), kGatherThreads, stream}, groups, scratch.spans, count);
  launch(
      compare_boxes<T>, {blocks_of(kCompareRows) * kCompareSplits, kCompareThreads, stream}, scratch.boxes, scratch.spans,
      scratch.words, count, width, overlap);
  const Keep<T> all{
      scratch.boxes, order, scratch.spans, scratch.words, scratch.removed, reinterpret_cast<bool*>(keep), count, width, overlap};
  launch(keep_boxes<T>, {blocks_of(kKeepStarts), kKeepThreads, stream}, all);
}

}  // namespace drcnn::nms
