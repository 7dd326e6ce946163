namespace DynamicRcnn.Core

open System

/// The detections of one or several categories that count at IoU 0.5, the best first.
type internal ScoredHits = {
    /// [D] descending
    Scores: float[]
    /// [D] whether a ground truth was found.
    Right: bool[]
    /// Ground truths that count.
    TruthCount: int
}

/// Precision, recall and F1 by the lowest score that counts. Matching goes by descending score, so what a detection finds does not
/// depend on the ones below it: one matching serves every score.
[<RequireQualifiedAccess>]
module internal ScoreCurves =

    /// Scores at which a curve is told.
    let scores = Array.init 101 (fun i -> float i / 100.0)

    let private nothing: ScorePoint = {
        Score = -1.0
        Precision = -1.0
        Recall = -1.0
        F1 = -1.0
    }

    /// The hits of a category, from what became of its detections at the first IoU threshold. A score that is no number reaches none.
    /// `order`: places of the detections that take part, by descending score.
    let hits (cells: CategoryCells) (order: int[]) (outcome: Outcome) : ScoredHits =
        let counting =
            order
            |> Array.filter (fun d -> outcome.Ignored[d] &&& 1 = 0 && not (Double.IsNaN cells.Detections[d].Score))

        {
            Scores = counting |> Array.map (fun d -> cells.Detections[d].Score)
            Right = counting |> Array.map (fun d -> outcome.Found[d] &&& 1 <> 0)
            TruthCount = outcome.TruthCount
        }

    /// Several categories' hits as one list.
    let pooled (categories: ScoredHits[]) : ScoredHits =
        let scores = categories |> Array.collect _.Scores
        let right = categories |> Array.collect _.Right
        Array.Sort(scores, right, Comparison(EvaluationCells.descending) |> Collections.Generic.Comparer.Create)

        {
            Scores = scores
            Right = right
            TruthCount = categories |> Array.sumBy _.TruthCount
        }

    /// [D + 1] right ones among the best 0, 1, ... D.
    let private rightUpTo (hits: ScoredHits) : int[] =
        hits.Right
        |> Array.scan (fun right isRight -> if isRight then right + 1 else right) 0

    let private point (score: float) (taken: int) (right: int) (truthCount: int) : ScorePoint = {
        Score = score
        Precision = if taken = 0 then -1.0 else float right / float taken
        Recall =
            if truthCount = 0 then
                -1.0
            else
                float right / float truthCount
        F1 =
            if truthCount = 0 then
                -1.0
            else
                2.0 * float right / float (taken + truthCount)
    }

    /// A score that `upper` reaches and `lower` does not, as far from both as can be.
    let private between (upper: float) (lower: float) : float =
        let middle = lower + (upper - lower) / 2.0
        if lower < middle && middle < upper then middle else upper

    /// The point with the highest F1.
    let best (hits: ScoredHits) : ScorePoint =
        let right = rightUpTo hits
        let count = hits.Scores.Length

        let f1 taken =
            2.0 * float right[taken] / float (taken + hits.TruthCount)

        /// Whether a score lies between the best `taken` and the others.
        let isCut taken =
            taken = count || hits.Scores[taken] < hits.Scores[taken - 1]

        let mutable found = 0
        let mutable highest = 0.0

        if hits.TruthCount > 0 then
            for taken in 1..count do
                if isCut taken && f1 taken > highest then
                    found <- taken
                    highest <- f1 taken

        match found with
        | 0 -> nothing
        | taken ->
            let last = hits.Scores[taken - 1]

            let score =
                if taken = count then
                    last
                else
                    between last hits.Scores[taken]

            point score taken right[taken] hits.TruthCount

    let curve (hits: ScoredHits) : ScoreCurve =
        let right = rightUpTo hits
        let mutable taken = hits.Scores.Length

        {
            Best = best hits
            Points =
                scores
                |> Array.map (fun score ->
                    while taken > 0 && hits.Scores[taken - 1] < score do
                        taken <- taken - 1

                    point score taken right[taken] hits.TruthCount)
        }
