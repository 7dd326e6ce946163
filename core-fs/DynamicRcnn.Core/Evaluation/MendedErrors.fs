namespace DynamicRcnn.Core

open System.Collections.Generic

/// What each kind of error costs: the AP at IoU 0.5 that would be won if every error of the kind were mended and nothing else.
/// Source: Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, ECCV 2020, section 2.2. The matching is COCO's,
/// and where the paper's bounds meet, the order of questions is that of its code (docs/evaluation.md).
[<RequireQualifiedAccess>]
module internal MendedErrors =

    /// From this IoU on a detection is on an object.
    let private onObject = 0.5

    /// Up to this IoU it is on background.
    let private onBackground = 0.1

    [<RequireQualifiedAccess>]
    type private Kind =
        | Class = 0
        | Localisation = 1
        | Both = 2
        | Duplicate = 3
        | Background = 4

    /// A detection by the place of its category and its place there; a ground truth likewise.
    [<Struct>]
    type private Place = { Category: int; Box: int }

    /// A false positive.
    [<Struct>]
    type private Wrong = {
        Detection: Place
        Score: float
        Kind: Kind
        /// What it would be right about, had it the other category or the other box.
        Truth: Place voption
    }

    /// A detection of a category as AP sees it.
    [<Struct>]
    type private Hit = {
        /// Its place among its own category's.
        Box: int
        Score: float
        Right: bool
    }

    let private isFound (category: MatchedCategory) (detection: int) : bool =
        category.Outcome.Found[detection] &&& 1 <> 0

    /// The ground truths of each image, crowds left out.
    let private truthsByImage (categories: MatchedCategory[]) : Dictionary<int64, Place[]> =
        let all =
            seq {
                for c in 0 .. categories.Length - 1 do
                    for g in 0 .. categories[c].Cells.Truths.Length - 1 do
                        if not categories[c].Cells.Truths[g].Crowd then
                            struct (categories[c].Cells.Truths[g].ImageId, { Category = c; Box = g })
            }

        let groups = all |> Seq.groupBy (fun struct (image, _) -> image)

        groups
        |> Seq.map (fun (image, places) ->
            KeyValuePair(image, places |> Seq.map (fun struct (_, place) -> place) |> Array.ofSeq))
        |> Dictionary

    /// The place with the largest IoU, the first of equals.
    let private nearest (ious: struct (Place * float)[]) : struct (Place voption * float) =
        let mutable best = ValueNone
        let mutable largest = 0.0

        for struct (place, iou) in ious do
            if iou > largest then
                best <- ValueSome place
                largest <- iou

        struct (best, largest)

    let private wrongOf (categories: MatchedCategory[]) (truths: Place[]) (place: Place) : Wrong =
        let detection = categories[place.Category].Cells.Detections[place.Box]

        let ious =
            truths
            |> Array.map (fun truth ->
                struct (truth, BoxOverlap.iou (&detection, &categories[truth.Category].Cells.Truths[truth.Box])))

        let isOwn struct (truth: Place, _) = truth.Category = place.Category
        let struct (own, ownIoU) = ious |> Array.filter isOwn |> nearest
        let struct (other, otherIoU) = ious |> Array.filter (isOwn >> not) |> nearest

        let wrong kind truth = {
            Detection = place
            Score = detection.Score
            Kind = kind
            Truth = truth
        }

        if onBackground <= ownIoU && ownIoU < onObject then
            wrong Kind.Localisation own
        elif otherIoU >= onObject then
            wrong Kind.Class other
        elif ownIoU >= onObject then
            wrong Kind.Duplicate ValueNone
        elif max ownIoU otherIoU <= onBackground then
            wrong Kind.Background ValueNone
        else
            wrong Kind.Both ValueNone

    /// For each ground truth that no detection found the best of the errors that are about it, by descending score.
    let private winners (isTaken: Place -> bool) (wrong: Wrong seq) : Dictionary<Place, Wrong> =
        let best = Dictionary<Place, Wrong>()

        for each in wrong do
            match each.Truth with
            | ValueSome truth when not (isTaken truth) ->
                match best.TryGetValue truth with
                | true, other when other.Score >= each.Score -> ()
                | _ -> best[truth] <- each
            | _ -> ()

        best

    /// AP of each category's hits, which are by descending score; a category where nothing is left to find and nothing is wrong has 1.
    let private averagePrecision (present: int[]) (hits: Hit[][]) (truthCounts: int[]) : float =
        let precision =
            present
            |> Array.map (fun c ->
                match truthCounts[c], hits[c].Length with
                | 0, 0 -> Array.create CocoCurves.recallPoints.Length 1.0
                | 0, _ -> Array.zeroCreate<float> CocoCurves.recallPoints.Length
                | count, _ ->
                    hits[c]
                    |> Array.indexed
                    |> Array.filter (fun (_, hit) -> hit.Right)
                    |> Array.map (fun (i, _) -> i + 1)
                    |> CocoCurves.curveAt count
                    |> fst)

        // Recall by recall, category by category: the order of COCO's own sum.
        Array.init (CocoCurves.recallPoints.Length * present.Length) (fun i ->
            precision[i % present.Length][i / present.Length])
        |> Summation.mean

    let private byScore (hits: Hit[]) : Hit[] =
        hits
        |> List.ofArray
        |> List.sortWith (fun a b -> EvaluationCells.descending a.Score b.Score)
        |> Array.ofList

    let private cost (count: int) (ap: float) : ErrorCost = { Count = count; AP = ap }

    /// Without ground truth every detection is of nothing, and there is no AP to win.
    let private withoutTruth (detections: int) : ErrorCosts =
        let none = cost 0 0.0

        {
            Class = none
            Localisation = none
            ClassAndLocalisation = none
            Duplicate = none
            Background = cost detections 0.0
            Missed = none
            FalsePositives = cost detections 0.0
            FalseNegatives = none
        }

    let analyse (categories: MatchedCategory[]) : ErrorCosts =
        let truthCounts = categories |> Array.map _.Outcome.TruthCount

        let present =
            Array.init categories.Length id |> Array.filter (fun c -> truthCounts[c] > 0)

        if present.Length = 0 then
            categories |> Array.sumBy _.Counting.Length |> withoutTruth
        else
            let truths = truthsByImage categories

            let truthsOf (image: int64) =
                match truths.TryGetValue image with
                | true, places -> places
                | _ -> [||]

            let taken = HashSet<Place>()

            for c in 0 .. categories.Length - 1 do
                for d in categories[c].Counting do
                    if isFound categories[c] d then
                        taken.Add {
                            Category = c
                            Box = categories[c].Outcome.Taken[d]
                        }
                        |> ignore

            let hits =
                categories
                |> Array.map (fun category ->
                    category.Counting
                    |> Array.map (fun d -> {
                        Box = d
                        Score = category.Cells.Detections[d].Score
                        Right = isFound category d
                    }))

            let wrong =
                hits
                |> Array.mapi (fun c own ->
                    own
                    |> Array.filter (fun hit -> not hit.Right)
                    |> Array.map (fun hit ->
                        wrongOf categories (truthsOf categories[c].Cells.Detections[hit.Box].ImageId) {
                            Category = c
                            Box = hit.Box
                        }))
                |> Array.concat

            let ap = averagePrecision present
            let before = ap hits truthCounts
            let won hits truthCounts = ap hits truthCounts - before

            let ofKind kind =
                wrong |> Array.filter (fun each -> each.Kind = kind)

            let without (errors: Wrong[]) =
                let gone = errors |> Array.map _.Detection |> HashSet

                hits
                |> Array.mapi (fun c own ->
                    own
                    |> Array.filter (fun hit -> not (gone.Contains { Category = c; Box = hit.Box })))

            let removed kind =
                let errors = ofKind kind
                cost errors.Length (won (without errors) truthCounts)

            /// The best about each ground truth becomes right, in the ground truth's category; the others go.
            let mended kind =
                let errors = ofKind kind
                let winners = winners taken.Contains errors

                let gained =
                    Seq.zip winners.Keys winners.Values
                    |> Seq.map (fun (truth, winner) ->
                        truth.Category,
                        {
                            Box = winner.Detection.Box
                            Score = winner.Score
                            Right = true
                        })
                    |> Seq.groupBy fst
                    |> Seq.map (fun (category, hits) -> category, hits |> Seq.map snd |> Array.ofSeq)
                    |> dict

                let hits =
                    without errors
                    |> Array.mapi (fun c own ->
                        match gained.TryGetValue c with
                        | true, more -> byScore (Array.append own more)
                        | _ -> own)

                cost errors.Length (won hits truthCounts)

            /// Ground truths that nothing found and that no mended class or box would find.
            let missed =
                let covered =
                    wrong
                    |> Array.choose (fun each ->
                        match each.Truth with
                        | ValueSome truth -> Some truth
                        | ValueNone -> None)
                    |> HashSet

                truths.Values
                |> Seq.concat
                |> Seq.filter (fun truth -> not (taken.Contains truth || covered.Contains truth))
                |> Array.ofSeq

            let fewer (places: Place seq) =
                let counts = Array.copy truthCounts

                places
                |> Seq.iter (fun place -> counts[place.Category] <- counts[place.Category] - 1)

                counts

            let unfound =
                truths.Values |> Seq.concat |> Seq.filter (taken.Contains >> not) |> Array.ofSeq

            {
                Class = mended Kind.Class
                Localisation = mended Kind.Localisation
                ClassAndLocalisation = removed Kind.Both
                Duplicate = removed Kind.Duplicate
                Background = removed Kind.Background
                Missed = cost missed.Length (won hits (fewer missed))
                FalsePositives = cost wrong.Length (won (without wrong) truthCounts)
                FalseNegatives = cost unfound.Length (won hits (fewer unfound))
            }
