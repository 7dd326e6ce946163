namespace DynamicRcnn.Core

/// What kind of error each detection is, who is taken for whom, and which images went well and which badly. An image is looked at as
/// a whole, all categories together, with the detections that reach a score. Our own definitions (docs/evaluation.md).
[<RequireQualifiedAccess>]
module internal DetectionErrors =

    /// From this IoU on a detection is on an object.
    let leastIoU = 0.5

    /// From this IoU on a detection is near an object.
    let nearIoU = 0.1

    /// Detections below it take no part.
    let leastScore = 0.5

    /// Images listed at most, at either end.
    let shownImages = 20

    /// What a detection turned out to be.
    [<RequireQualifiedAccess>]
    type private Kind =
        | Undecided = 0
        | Correct = 1
        | InCrowd = 2
        | Duplicate = 3
        | Class = 4
        | Localisation = 5
        | Background = 6

    /// The boxes of one image. D detections, best first; G ground truths.
    [<NoComparison; NoEquality>]
    type private Scene = {
        /// [D] place of the category.
        Detected: int[]
        /// [G] place of the category.
        Present: int[]
        /// [G]
        Crowd: bool[]
        /// [D][G]
        IoUs: float[][]
    }

    /// What became of the boxes of one image.
    [<NoComparison; NoEquality>]
    type private Reading = {
        /// [D]
        Kinds: Kind[]
        /// [G] the detection that found it, or took it for another category.
        TakenBy: int option[]
    }

    /// The ground truth with the largest IoU of at least `least` among those that are eligible, the first of equals.
    let private nearest (ious: float[]) (least: float) (eligible: int -> bool) : int option =
        let mutable found = None
        let mutable best = least

        for g in 0 .. ious.Length - 1 do
            if ious[g] >= best && (found.IsNone || ious[g] > best) && eligible g then
                found <- Some g
                best <- ious[g]

        found

    /// First every detection that is right, the best first; then what the others are.
    let private read (scene: Scene) : Reading =
        let kinds = Array.create scene.Detected.Length Kind.Undecided
        let takenBy = Array.create<int option> scene.Present.Length None

        for d in 0 .. kinds.Length - 1 do
            let right =
                nearest scene.IoUs[d] leastIoU (fun g ->
                    scene.Present[g] = scene.Detected[d] && not scene.Crowd[g] && takenBy[g].IsNone)

            match right with
            | Some g ->
                takenBy[g] <- Some d
                kinds[d] <- Kind.Correct
            | None -> ()

        for d in 0 .. kinds.Length - 1 do
            if kinds[d] = Kind.Undecided then
                let near least eligible = nearest scene.IoUs[d] least eligible
                let own g = scene.Present[g] = scene.Detected[d]
                let isObject g = not scene.Crowd[g]

                if (near leastIoU (fun g -> own g && scene.Crowd[g])).IsSome then
                    kinds[d] <- Kind.InCrowd
                elif (near leastIoU (fun g -> own g && isObject g)).IsSome then
                    kinds[d] <- Kind.Duplicate
                else
                    match near leastIoU (fun g -> isObject g && takenBy[g].IsNone) with
                    | Some other ->
                        takenBy[other] <- Some d
                        kinds[d] <- Kind.Class
                    | None when (near leastIoU isObject).IsSome -> kinds[d] <- Kind.Duplicate
                    | None when (near nearIoU (fun g -> own g && isObject g)).IsSome -> kinds[d] <- Kind.Localisation
                    | None -> kinds[d] <- Kind.Background

        { Kinds = kinds; TakenBy = takenBy }

    let private countOf (kind: Kind) (reading: Reading) : int =
        reading.Kinds |> Array.sumBy (fun each -> if each = kind then 1 else 0)

    let private imageResult (imageId: int64) (scene: Scene) (reading: Reading) : ImageResult =
        let correct = countOf Kind.Correct reading
        let objects = scene.Crowd |> Array.sumBy (fun crowd -> if crowd then 0 else 1)
        let counting = reading.Kinds.Length - countOf Kind.InCrowd reading

        {
            ImageId = imageId
            F1 =
                if objects + counting = 0 then
                    1.0
                else
                    2.0 * float correct / float (objects + counting)
            Correct = correct
            Missed = objects - correct
            FalsePositives = counting - correct
        }

    /// Rows: ground truth; columns: detection; the last of each: background.
    let private confusion (categoryCount: int) (scenes: Scene[]) (readings: Reading[]) : int[][] =
        let counts =
            Array.init (categoryCount + 1) (fun _ -> Array.zeroCreate<int>(categoryCount + 1))

        let add row column =
            counts[row][column] <- counts[row][column] + 1

        for scene, reading in Array.zip scenes readings do
            for g in 0 .. scene.Present.Length - 1 do
                if not scene.Crowd[g] then
                    match reading.TakenBy[g] with
                    | None -> add scene.Present[g] categoryCount
                    | Some d -> add scene.Present[g] scene.Detected[d]

            for d in 0 .. scene.Detected.Length - 1 do
                match reading.Kinds[d] with
                | Kind.Duplicate
                | Kind.Localisation
                | Kind.Background -> add categoryCount scene.Detected[d]
                | _ -> ()

        counts

    /// The boxes of each image; `categoryIds` and `imageIds` are distinct.
    let private scenes
        (categoryIds: int64[], imageIds: int64[], truths: EvaluationBox[], detections: DetectionBox[])
        : Scene[] =
        let category = EvaluationCells.placesOf categoryIds
        let image = EvaluationCells.placesOf imageIds

        let imageOf (imageId: int64) (categoryId: int64) =
            match image.TryGetValue imageId with
            | true, place when category.ContainsKey categoryId -> place
            | _ -> -1

        let truthsOf =
            truths
            |> Array.map (fun box -> imageOf box.ImageId box.CategoryId)
            |> EvaluationCells.grouped imageIds.Length

        let detectionsOf =
            detections
            |> Array.map (fun box ->
                if box.Score >= leastScore then
                    imageOf box.ImageId box.CategoryId
                else
                    -1)
            |> EvaluationCells.grouped imageIds.Length

        Array.Parallel.init imageIds.Length (fun place ->
            let present = truthsOf[place]

            // A stable sort: equal scores keep the input's order.
            let detected =
                detectionsOf[place]
                |> List.ofArray
                |> List.sortByDescending (fun d -> detections[d].Score)
                |> Array.ofList

            {
                Detected = detected |> Array.map (fun d -> category[detections[d].CategoryId])
                Present = present |> Array.map (fun g -> category[truths[g].CategoryId])
                Crowd = present |> Array.map (fun g -> truths[g].Crowd)
                IoUs =
                    detected
                    |> Array.map (fun d ->
                        present |> Array.map (fun g -> BoxOverlap.coco (&detections[d], &truths[g])))
            })

    /// `categoryIds` and `imageIds` are distinct; boxes of others are left out.
    let analyse
        (categoryIds: int64[], imageIds: int64[], truths: EvaluationBox[], detections: DetectionBox[])
        : ErrorAnalysis =
        let scenes = scenes (categoryIds, imageIds, truths, detections)
        let readings = Array.Parallel.map read scenes
        let total kind = readings |> Array.sumBy (countOf kind)

        let confusion = confusion categoryIds.Length scenes readings

        let images =
            Array.map3 imageResult imageIds scenes readings
            |> Array.filter (fun image -> image.Correct + image.Missed + image.FalsePositives > 0)

        {
            IoU = leastIoU
            Score = leastScore
            Confusion = {
                CategoryIds = categoryIds
                Counts = confusion
            }
            Counts = {
                Correct = total Kind.Correct
                Localisation = total Kind.Localisation
                Class = total Kind.Class
                Duplicate = total Kind.Duplicate
                Background = total Kind.Background
                InCrowd = total Kind.InCrowd
                Missed = confusion |> Array.sumBy Array.last
            }
            Worst =
                images
                |> Array.sortBy (fun image -> image.F1, -(image.Missed + image.FalsePositives), image.ImageId)
                |> Array.truncate shownImages
            Best =
                images
                |> Array.sortBy (fun image -> -image.F1, -image.Correct, image.ImageId)
                |> Array.truncate shownImages
        }
