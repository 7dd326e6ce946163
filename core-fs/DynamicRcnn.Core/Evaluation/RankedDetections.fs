namespace DynamicRcnn.Core

open System

/// The detections of a category over all images, by descending score.
[<RequireQualifiedAccess>]
module internal RankedDetections =

    /// Places of all detections in descending order of score, equal scores in the cells' order (NumPy's merge sort of -score).
    let order (cells: CategoryCells) : int[] =
        let order = Array.init cells.Detections.Length id

        Array.Sort(
            order,
            Comparison(fun a b ->
                match EvaluationCells.descending cells.Detections[a].Score cells.Detections[b].Score with
                | 0 -> a.CompareTo b
                | sign -> sign)
        )

        order

    /// [D] place of each detection among those of its image, from 0.
    let ranks (cells: CategoryCells) : int[] =
        let ranks = Array.zeroCreate<int> cells.Detections.Length

        for cell in 0 .. cells.Count - 1 do
            for d in cells.DetectionStarts[cell] .. cells.DetectionStarts[cell + 1] - 1 do
                ranks[d] <- d - cells.DetectionStarts[cell]

        ranks

    /// For each true positive, in order of score, the number of detections that count up to and including it. All that a curve of
    /// precision over recall depends on: between them precision falls and recall stays.
    let countsAtTruePositives (order: int[]) (outcome: Outcome) (threshold: int) : int[] =
        let bit = 1 <<< threshold
        let counts = Array.zeroCreate<int> outcome.TruthCount
        let mutable positives = 0
        let mutable counted = 0

        for d in order do
            if outcome.Ignored[d] &&& bit = 0 then
                counted <- counted + 1

                if outcome.Found[d] &&& bit <> 0 then
                    counts[positives] <- counted
                    positives <- positives + 1

        Array.sub counts 0 positives

    /// Each entry becomes the largest of it and all after it.
    let largestFromHere (values: float[]) : float[] =
        Array.scanBack max values Double.NegativeInfinity
        |> Array.truncate values.Length
