namespace DynamicRcnn.Core

/// Sums, means and medians of float64 values in a stated order: the published schedules agree only when the order does.
[<RequireQualifiedAccess>]
module Summation =

    /// Left to right, as Python's `sum` before 3.12 adds (the authors' code).
    let leftToRight (values: float[]) : float = Array.fold (+) 0.0 values

    /// Runs of at most this many values are added with eight partial sums (NumPy: PW_BLOCKSIZE).
    let private blockSize = 128

    /// Partial sums of one block.
    let private laneCount = 8

    let rec private pairwiseOf (values: float[]) (start: int) (count: int) : float =
        if count < laneCount then
            let mutable sum = 0.0

            for i in start .. start + count - 1 do
                sum <- sum + values[i]

            sum
        elif count <= blockSize then
            let lanes = Array.sub values start laneCount
            let laneEnd = count - count % laneCount

            for i in laneCount .. laneEnd - 1 do
                lanes[i % laneCount] <- lanes[i % laneCount] + values[start + i]

            let mutable sum =
                ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
                + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))

            for i in laneEnd .. count - 1 do
                sum <- sum + values[start + i]

            sum
        else
            let half = count / 2
            let left = half - half % laneCount
            pairwiseOf values start left + pairwiseOf values (start + left) (count - left)

    /// NumPy's `sum` of a contiguous float64 vector: plain below 8 values, eight strided partial sums up to 128,
    /// halves (the left one a multiple of 8 long) above.
    /// Source: numpy/core/src/umath/loops_utils.h.src, pairwise sum.
    let pairwise (values: float[]) : float = pairwiseOf values 0 values.Length

    /// NumPy's `mean`. At least one value; none gives NaN, as in NumPy.
    let mean (values: float[]) : float = pairwise values / float values.Length

    /// NumPy's `median`: the middle value, or the mean of the two middle ones. None gives NaN.
    let median (values: float[]) : float =
        let sorted = Array.sort values
        let middle = sorted.Length / 2

        if sorted.Length = 0 then nan
        elif sorted.Length % 2 = 1 then sorted[middle]
        else (sorted[middle - 1] + sorted[middle]) / 2.0
