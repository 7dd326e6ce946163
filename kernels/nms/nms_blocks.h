// Non-maximum suppression for a GPU, of all groups at once, with nothing read by the host.
//
// Boxes are sorted by group, then by descending score (GatherBoxes); a group is a run of positions. In tiles of 64 boxes of a group:
//   1. FindGroups: where the group of each position begins and ends;
//   2. CompareBoxes: for each box, which later ones of its group it would suppress, a bit each, for a window of tiles;
//   3. KeepBoxes: one block a group goes through its tiles in order: the first tile that is left decides what it keeps,
//      and its kept boxes strike out later ones, by the bits inside the window and by comparing beyond it.
// Words are found by the position of their tile's first box, which belongs to one group only, so groups share nothing.
// Determinism: bits are set in any order and boxes are kept in one. Complexity: O(boxes^2) per group over all threads,
// then O(tiles * window) per group in one block.
#pragma once

#include "../common/block.h"
#include "rule.h"

namespace drcnn::nms {

constexpr int kTile = 64;

template <typename T>
struct Overlap {
  Rule<T> rule;
  bool never_apart;  ///< boxes that do not meet never suppress each other: no division is needed then

  explicit Overlap(const Rule<T>& rule)
      : rule(rule), never_apart(rule.suppress_equal ? rule.bar > T(0) : rule.bar >= T(0)) {}

  /// Whether box a suppresses box b. The CPU's operations in the CPU's order; the conditional expressions return their
  /// first argument when the other is NaN.
  DRCNN_DEVICE bool suppresses(const T* a, const T* b) const {
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

/// Fills sorted [count, 4] with the boxes that order lists, in the type that they are compared in.
template <typename From, typename T>
struct GatherBoxes {
  static constexpr int kThreads = 128;

  const From* boxes;
  const int64_t* order;
  T* sorted;
  int32_t count;

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t at = block.index() * kThreads + t;
      if (at >= count) return;
      for (int k = 0; k < 4; k++) sorted[4 * at + k] = static_cast<T>(boxes[4 * order[at] + k]);
    });
  }
};

/// The positions [begin, end) of a group.
struct Span {
  int32_t begin, end;
};

/// Fills spans [B] from the sorted groups [B]; null: one group.
struct FindGroups {
  static constexpr int kThreads = 128;

  const int64_t* groups;
  Span* spans;
  int32_t count;

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t at = block.index() * kThreads + t;
      if (at >= count) return;
      const auto position = static_cast<int32_t>(at);
      if (groups == nullptr) {
        spans[position] = {0, count};
        return;
      }
      const int64_t group = groups[position];
      // The first position of [low, high) whose group is not below the bound.
      const auto first_not_below = [&](int32_t low, int32_t high, int64_t bound) {
        while (low < high) {
          const int32_t middle = low + (high - low) / 2;
          if (groups[middle] < bound) {
            low = middle + 1;
          } else {
            high = middle;
          }
        }
        return low;
      };
      const int32_t begin = first_not_below(0, position, group);
      const int32_t end = group == INT64_MAX ? count : first_not_below(position, count, group + 1);
      spans[position] = {begin, end};
    });
  }
};

/// Fills words [B, window]: bit j of word w of a box is box 64 * w + j, counted from the beginning of the box's tile.
template <typename T>
struct CompareBoxes {
  static constexpr int kThreads = 256;
  static constexpr int kRows = 64;                  ///< boxes of a block
  static constexpr int kLanes = kThreads / kRows;   ///< threads of a box
  static constexpr int kSplits = 8;                 ///< blocks that share the words of a box

  const T* boxes;  ///< [B, 4], sorted
  const Span* spans;
  uint64_t* words;
  int32_t count, window;
  Overlap<T> overlap;

  int64_t blocks() const { return parts<int64_t>(count, kRows) * kSplits; }

  DRCNN_DEVICE void operator()(const Block& block) const {
    block.each_thread([&](int t) {
      const int64_t row = block.index() / kSplits * kRows + t % kRows;
      if (row >= count) return;
      const auto position = static_cast<int32_t>(row);
      const Span span = spans[position];
      const int32_t tile = position - (position - span.begin) % kTile;
      const T box[4] = {boxes[4 * row], boxes[4 * row + 1], boxes[4 * row + 2], boxes[4 * row + 3]};
      const int32_t last = least(window, parts(span.end - tile, kTile));
      const auto split = static_cast<int32_t>(block.index() % kSplits);
      for (int32_t word = split * kLanes + t / kRows; word < last; word += kSplits * kLanes) {
        const int32_t first = tile + word * kTile;
        const int32_t begin = most(first, position + 1), end = least(first + kTile, span.end);
        uint64_t bits = 0;
        for (int32_t other = begin; other < end; other++) {
          if (overlap.suppresses(box, boxes + 4 * static_cast<int64_t>(other))) bits |= uint64_t{1} << (other - first);
        }
        words[row * window + word] = bits;
      }
    });
  }
};

/// Sets keep[order[p]] for each position p that is kept.
template <typename T>
struct KeepBoxes {
  static constexpr int kThreads = 256;
  static constexpr int kStarts = 8;  ///< positions of a block: it does the groups that begin there
  static constexpr int kSlices = kThreads / kTile;

  const T* boxes;  ///< [B, 4], sorted
  const int64_t* groups;  ///< sorted; null: one group
  const int64_t* order;   ///< position -> row
  const Span* spans;
  const uint64_t* words;
  uint64_t* removed;  ///< [B] zeros; the bits of a tile, at its first position
  bool* keep;         ///< [B] false, by row
  int32_t count, window;
  bool negative_is_padding;
  Overlap<T> overlap;

  struct Shared {
    uint64_t own[kTile];  ///< what the boxes of the tile do to each other
    uint64_t kept;
  };

  int64_t blocks() const { return parts<int64_t>(count, kStarts); }

  DRCNN_DEVICE void operator()(const Block& block) const {
    const int64_t first = block.index() * kStarts;
    for (int64_t start = first; start < least<int64_t>(first + kStarts, count); start++) {
      const Span span = spans[start];
      if (span.begin != start) continue;
      if (negative_is_padding && groups != nullptr && groups[start] < 0) continue;
      for (int32_t tile = span.begin; tile < span.end; tile += kTile) keep_tile(block, span, tile);
    }
  }

 private:
  DRCNN_DEVICE void keep_tile(const Block& block, const Span& span, int32_t tile) const {
    auto* shared = block.shared<Shared>();
    const int32_t size = least(kTile, span.end - tile);
    block.each_thread([&](int t) {
      if (t < size) shared->own[t] = words[static_cast<int64_t>(tile + t) * window];
    });
    block.each_thread([&](int t) {
      if (t != 0) return;
      uint64_t gone = removed[tile], kept = 0;
      for (int i = 0; i < size; i++) {
        const uint64_t bit = uint64_t{1} << i, own = shared->own[i];
        if ((gone & bit) != 0) continue;
        kept |= bit;
        gone |= own;
      }
      shared->kept = kept;
    });
    const int32_t beyond = tile + window * kTile;  // may pass the group's end, and INT32_MAX never: see the operator
    block.each_thread([&](int t) {
      const uint64_t kept = shared->kept;
      if (t < size && (kept >> t & 1) != 0) keep[order[tile + t]] = true;
      // A thread strikes out, for one later tile, what sixteen boxes of this one suppress.
      const int32_t last = least(window, parts(span.end - tile, kTile));
      const int slice = t / kTile * (kTile / kSlices);
      for (int32_t word = 1 + t % kTile; word < last; word += kTile) {
        uint64_t bits = 0;
        for (int i = slice; i < slice + kTile / kSlices; i++) {
          if ((kept >> i & 1) != 0) bits |= words[static_cast<int64_t>(tile + i) * window + word];
        }
        if (bits != 0) set_bits(removed + tile + word * kTile, bits);
      }
      for (int32_t other = beyond + t; other < span.end; other += kThreads) {
        const int32_t place = (other - tile) % kTile;
        for (int i = 0; i < size; i++) {
          if ((kept >> i & 1) == 0) continue;
          if (!overlap.suppresses(boxes + 4 * static_cast<int64_t>(tile + i), boxes + 4 * static_cast<int64_t>(other))) continue;
          set_bits(removed + other - place, uint64_t{1} << place);
          break;
        }
      }
    });
  }
};

}  // namespace drcnn::nms
