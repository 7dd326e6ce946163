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

    /// What the kinds are asked of: every detection that counts, right or wrong, and every ground truth, found or not.
    [<NoComparison; NoEquality>]
    type private Situation = {
        /// Of each category, crowds left out.
        TruthCounts: int[]
        /// The categories that have ground truths.
        Present: int[]
        Truths: Place[]
        /// The ground truths that a detection found.
        Taken: HashSet<Place>
        /// Of each category, by descending score.
        Hits: Hit[][]
        Wrong: Wrong[]
    }

    let private hitsOf (category: MatchedCategory) : Hit[] =
        category.Counting
        |> Array.map (fun d -> {
            Box = d
            Score = category.Cells.Detections[d].Score
            Right = isFound category d
        })

    let private takenBy (categories: MatchedCategory[]) : HashSet<Place> =
        categories
        |> Seq.mapi (fun c category ->
            category.Counting
            |> Seq.filter (isFound category)
            |> Seq.map (fun d -> {
                Category = c
                Box = category.Outcome.Taken[d]
            }))
        |> Seq.concat
        |> HashSet

    let private situationOf (categories: MatchedCategory[]) : Situation =
        let truths = truthsByImage categories
        let truthCounts = categories |> Array.map _.Outcome.TruthCount
        let hits = categories |> Array.map hitsOf

        let truthsOf (image: int64) =
            match truths.TryGetValue image with
            | true, places -> places
            | _ -> [||]

        let wrongsOf c =
            hits[c]
            |> Array.filter (fun hit -> not hit.Right)
            |> Array.map (fun hit ->
                wrongOf categories (truthsOf categories[c].Cells.Detections[hit.Box].ImageId) {
                    Category = c
                    Box = hit.Box
                })

        {
            TruthCounts = truthCounts
            Present = Array.init categories.Length id |> Array.filter (fun c -> truthCounts[c] > 0)
            Truths = truths.Values |> Seq.concat |> Array.ofSeq
            Taken = takenBy categories
            Hits = hits
            Wrong = Array.init categories.Length wrongsOf |> Array.concat
        }

    let private without (errors: Wrong[]) (hits: Hit[][]) : Hit[][] =
        let gone = errors |> Array.map _.Detection |> HashSet

        hits
        |> Array.mapi (fun c own ->
            own
            |> Array.filter (fun hit -> not (gone.Contains { Category = c; Box = hit.Box })))

    /// The hits after the best error about each ground truth has become right, in the ground truth's category, and the others have gone.
    let private mended (situation: Situation) (errors: Wrong[]) : Hit[][] =
        let gained = winners situation.Taken.Contains errors

        let gainedIn category =
            gained
            |> Seq.filter (fun each -> each.Key.Category = category)
            |> Seq.map (fun each -> {
                Box = each.Value.Detection.Box
                Score = each.Value.Score
                Right = true
            })
            |> Array.ofSeq

        without errors situation.Hits
        |> Array.mapi (fun c own ->
            match gainedIn c with
            | [||] -> own
            | more -> byScore (Array.append own more))

    /// Ground truths that nothing found and that no mended class or box would find.
    let private missed (situation: Situation) : Place[] =
        let covered =
            situation.Wrong
            |> Seq.choose (fun each ->
                match each.Truth with
                | ValueSome truth -> Some truth
                | ValueNone -> None)
            |> HashSet

        situation.Truths
        |> Array.filter (fun truth -> not (situation.Taken.Contains truth || covered.Contains truth))

    let private fewer (places: Place[]) (truthCounts: int[]) : int[] =
        let gone = places |> Array.countBy _.Category |> dict

        truthCounts
        |> Array.mapi (fun c count ->
            match gone.TryGetValue c with
            | true, less -> count - less
            | _ -> count)

    let private costs (situation: Situation) : ErrorCosts =
        let ap = averagePrecision situation.Present
        let before = ap situation.Hits situation.TruthCounts
        let won hits truthCounts = ap hits truthCounts - before

        let costOf kind (after: Wrong[] -> Hit[][]) =
            let errors = situation.Wrong |> Array.filter (fun each -> each.Kind = kind)
            cost errors.Length (won (after errors) situation.TruthCounts)

        let removed errors = without errors situation.Hits

        let costWithout (places: Place[]) =
            cost places.Length (won situation.Hits (fewer places situation.TruthCounts))

        {
            Class = costOf Kind.Class (mended situation)
            Localisation = costOf Kind.Localisation (mended situation)
            ClassAndLocalisation = costOf Kind.Both removed
            Duplicate = costOf Kind.Duplicate removed
            Background = costOf Kind.Background removed
            Missed = costWithout (missed situation)
            FalsePositives = cost situation.Wrong.Length (won (removed situation.Wrong) situation.TruthCounts)
            FalseNegatives =
                situation.Truths
                |> Array.filter (situation.Taken.Contains >> not)
                |> costWithout
        }

    let analyse (categories: MatchedCategory[]) : ErrorCosts =
        if categories |> Array.forall (fun category -> category.Outcome.TruthCount = 0) then
            categories |> Array.sumBy _.Counting.Length |> withoutTruth
        else
            situationOf categories |> costs
