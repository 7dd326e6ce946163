namespace DynamicRcnn.Core

open System
open System.Collections.Generic

/// The boxes of one category, image by image: a cell is an image with a ground truth or a detection of the category.
type internal CategoryCells = {
    /// Cell by cell in ascending image id; within a cell in the input's order.
    Truths: EvaluationBox[]
    /// [cells + 1] where each cell's ground truths start, and the end of the last.
    TruthStarts: int[]
    /// Cell by cell; within a cell the best first, equal scores in the input's order.
    Detections: DetectionBox[]
    /// [cells + 1] where each cell's detections start, and the end of the last.
    DetectionStarts: int[]
} with

    member this.Count = this.TruthStarts.Length - 1

/// Boxes sorted into cells. Boxes of images and categories that are not evaluated are left out.
[<RequireQualifiedAccess>]
module internal EvaluationCells =

    /// Place of each id.
    let placesOf (ids: int64[]) : Dictionary<int64, int> =
        let places = Dictionary<int64, int> ids.Length
        ids |> Array.iteri (fun place id -> places[id] <- place)
        places

    /// For each group the positions of its members, ascending. `groupOf` holds a group for each position, -1 for none.
    let grouped (groupCount: int) (groupOf: int[]) : int[][] =
        let counts = Array.zeroCreate<int> groupCount

        for group in groupOf do
            if group >= 0 then
                counts[group] <- counts[group] + 1

        let members = counts |> Array.map Array.zeroCreate<int>

        // Filled from the end, so that the counts serve as the next place.
        for position in groupOf.Length - 1 .. -1 .. 0 do
            let group = groupOf[position]

            if group >= 0 then
                counts[group] <- counts[group] - 1
                members[group][counts[group]] <- position

        members

    /// For numbers in descending order: NaN comes last.
    let inline descending (a: float) (b: float) : int = b.CompareTo a

    /// Boxes of all categories: category and image of each, as places among the evaluated ones; -1 where either is not evaluated.
    [<NoComparison; NoEquality>]
    type private Placed = { Categories: int[]; Images: int[] }

    let private place
        (categories: Dictionary<int64, int>)
        (images: Dictionary<int64, int>)
        (count: int)
        (idsAt: int -> struct (int64 * int64))
        : Placed =
        let placed = {
            Categories = Array.create count -1
            Images = Array.create count -1
        }

        for position in 0 .. count - 1 do
            let struct (imageId, categoryId) = idsAt position

            match images.TryGetValue imageId, categories.TryGetValue categoryId with
            | (true, image), (true, category) ->
                placed.Categories[position] <- category
                placed.Images[position] <- image
            | _ -> ()

        placed

    /// Starts of the cells in a list of images that is in their order.
    let private startsOf (cells: int[]) (images: int[]) : int[] =
        let starts = Array.zeroCreate<int>(cells.Length + 1)
        let mutable next = 0

        for cell in 0 .. cells.Length - 1 do
            starts[cell] <- next

            while next < images.Length && images[next] = cells[cell] do
                next <- next + 1

        starts[cells.Length] <- next
        starts

    /// Each category's boxes as a function of its place: what is made is made when it is asked for. Ids are distinct and ascending.
    let ofCategories
        (categoryIds: int64[], imageIds: int64[], truths: EvaluationBox[], detections: DetectionBox[])
        : int -> CategoryCells =
        let categories, images = placesOf categoryIds, placesOf imageIds

        let truthPlaces =
            place categories images truths.Length (fun i -> struct (truths[i].ImageId, truths[i].CategoryId))

        let detectionPlaces =
            place categories images detections.Length (fun i ->
                struct (detections[i].ImageId, detections[i].CategoryId))

        let truthsOf = grouped categoryIds.Length truthPlaces.Categories
        let detectionsOf = grouped categoryIds.Length detectionPlaces.Categories

        fun category ->
            let truthOrder =
                truthsOf[category] |> Array.sortBy (fun i -> struct (truthPlaces.Images[i], i))

            let detectionOrder = Array.copy detectionsOf[category]

            Array.Sort(
                detectionOrder,
                Comparison(fun a b ->
                    match detectionPlaces.Images[a].CompareTo detectionPlaces.Images[b] with
                    | 0 ->
                        match descending detections[a].Score detections[b].Score with
                        | 0 -> a.CompareTo b
                        | order -> order
                    | order -> order)
            )

            let truthImages = truthOrder |> Array.map (fun i -> truthPlaces.Images[i])

            let detectionImages =
                detectionOrder |> Array.map (fun i -> detectionPlaces.Images[i])

            let cells = Array.append truthImages detectionImages |> Array.distinct |> Array.sort

            {
                Truths = truthOrder |> Array.map (fun i -> truths[i])
                TruthStarts = startsOf cells truthImages
                Detections = detectionOrder |> Array.map (fun i -> detections[i])
                DetectionStarts = startsOf cells detectionImages
            }
