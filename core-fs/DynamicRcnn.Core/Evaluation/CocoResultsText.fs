namespace DynamicRcnn.Core

open System
open System.Collections.Generic
open System.Text.Json

/// COCO ground truth and results as JSON text -> the arrays that `CocoEvaluation.evaluate` takes.
[<RequireQualifiedAccess>]
module CocoResultsText =

    /// JSON, and the numbers that Python writes although they are none.
    let private parse (text: string) : JsonDocument =
        try
            JsonDocument.Parse text
        with :? JsonException ->
            match PythonJson.tryParse (Text.Encoding.UTF8.GetBytes text) with
            | ValueSome document -> document
            | ValueNone -> reraise ()

    /// Parses, or reports where the JSON is broken.
    let private withDocument (file: string) (text: string) (read: JsonElement -> Result<'T, CocoProblem[]>) =
        try
            use document = parse text
            read document.RootElement
        with
        | :? JsonException as error ->
            Error [|
                {
                    File = file
                    Field = $"line {error.LineNumber.GetValueOrDefault() + 1L}"
                    Value = "not valid JSON"
                    Expected = "a complete JSON document"
                }
            |]
        // Half of a surrogate pair, in the text or escaped in one of its strings.
        | :? ArgumentException
        | :? InvalidOperationException ->
            Error [|
                {
                    File = file
                    Field = "a text"
                    Value = "not valid Unicode"
                    Expected = "whole characters"
                }
            |]

    /// A field that may be missing, for which null stands too.
    let private optional (element: JsonElement) (name: string) : JsonElement voption =
        match element.TryGetProperty name with
        | true, value when value.ValueKind <> JsonValueKind.Null -> ValueSome value
        | _ -> ValueNone

    /// The rectangle around an annotation's polygons: lists of x and y in turns.
    let private aroundPolygons (reader: CocoFields) (polygons: JsonElement) (path: string) =
        CocoPolygons.rectangleAround [|
            for struct (i, polygon) in polygons.EnumerateArray() |> Seq.mapi (fun i item -> struct (i, item)) do
                if polygon.ValueKind = JsonValueKind.Array then
                    for number in polygon.EnumerateArray() do
                        reader.Number(number, $"{path}segmentation[{i}]")
                else
                    reader.Number(polygon, $"{path}segmentation[{i}]")
        |]

    /// The box; where there is none or an empty one, the rectangle around the polygon, as training takes it.
    let private boxOf (reader: CocoFields) (element: JsonElement) (path: string) =
        let isEmpty (box: JsonElement) =
            box.ValueKind = JsonValueKind.Array
            && box.EnumerateArray()
               |> Seq.forall (fun number -> number.ValueKind = JsonValueKind.Null)

        match optional element "bbox", optional element "segmentation" with
        | ValueSome box, _ when not (isEmpty box) -> ValueSome(reader.BoxField(element, path, -infinity))
        | _, ValueSome polygons when polygons.ValueKind = JsonValueKind.Array -> aroundPolygons reader polygons path
        | _ -> ValueNone

    let private crowdOf (reader: CocoFields) (element: JsonElement) (path: string) =
        match optional element "iscrowd" with
        | ValueNone -> false
        | ValueSome value ->
            match value.ValueKind with
            | JsonValueKind.True -> true
            | JsonValueKind.False -> false
            | JsonValueKind.Number when value.GetDouble() = 0.0 || value.GetDouble() = 1.0 -> value.GetDouble() = 1.0
            | _ ->
                reader.Note(path + "iscrowd", value.GetRawText(), "0 or 1")
                false

    let private noId = "is no whole number, so the annotations are numbered anew"

    /// The stated area, which may be that of a mask, or the box's own.
    let private areaOf (reader: CocoFields) (element: JsonElement) (path: string) (ofBox: float) : float =
        match optional element "area" with
        | ValueNone -> ofBox
        | ValueSome value ->
            match reader.Number(value, path + "area") with
            | stated when CocoArea.isOne stated -> stated
            | _ ->
                reader.Change(path + "area", "can be no object's, so the box's own area is taken")
                ofBox

    /// None for one that training leaves out.
    let private annotation (reader: CocoFields) (struct (element: JsonElement, path: string)) : EvaluationBox voption =
        let box = boxOf reader element path

        let read = {
            Id =
                match optional element "id" |> ValueOption.bind reader.TryWhole with
                | ValueSome id -> id
                | ValueNone ->
                    reader.Change(path + "id", noId)
                    0L
            ImageId = reader.WholeField(element, path, "image_id")
            CategoryId = reader.WholeField(element, path, "category_id")
            X = 0.0
            Y = 0.0
            Width = 0.0
            Height = 0.0
            Area = 0.0
            Crowd = crowdOf reader element path
        }

        match box with
        | ValueSome(struct (x, y, width, height)) when width >= 0.0 && height >= 0.0 ->
            ValueSome {
                read with
                    X = x
                    Y = y
                    Width = width
                    Height = height
                    Area = areaOf reader element path (width * height)
            }
        | _ ->
            let why =
                if box.IsNone then
                    "is missing, and there is no polygon"
                else
                    "has a side below 0"

            reader.Change(path + "bbox", why + ", so the annotation is left out")
            ValueNone

    /// A text, empty where the field is missing.
    let private textField (reader: CocoFields) (element: JsonElement) (path: string) (name: string) : string =
        match optional element name with
        | ValueSome value when value.ValueKind = JsonValueKind.String -> string (value.GetString())
        | ValueSome value ->
            reader.Note(path + name, value.GetRawText(), "a text")
            ""
        | ValueNone -> ""

    let private category (reader: CocoFields) (struct (element: JsonElement, path: string)) : CocoCategory = {
        Id = reader.WholeField(element, path, "id")
        Name = textField reader element path "name"
    }

    let private image (reader: CocoFields) (struct (element: JsonElement, path: string)) : CocoImage = {
        Id = reader.WholeField(element, path, "id")
        FileName = textField reader element path "file_name"
    }

    /// Reads a ground-truth file ("instances" JSON) item by item, so that a large one need not be in memory. Without `iscrowd` a box is no
    /// crowd; without `area` the box's own counts. `file` is the name that problems carry.
    [<Sealed>]
    type TruthReader(file: string) =
        let reader = CocoFields file
        let boxes = List<EvaluationBox>()
        let categories = List<CocoCategory>()
        let images = List<CocoImage>()

        let ifObject (element: JsonElement) (place: string) (read: struct (JsonElement * string) -> unit) =
            if element.ValueKind = JsonValueKind.Object then
                read (struct (element, place + "."))
            else
                reader.Note(place, element.GetRawText(), "an object")

        /// An item of `annotations`; `place` is such as `annotations[3]`.
        member _.Annotation(element: JsonElement, place: string) : unit =
            ifObject element place (annotation reader >> ValueOption.iter boxes.Add)

        /// An item of `categories`.
        member _.Category(element: JsonElement, place: string) : unit =
            ifObject element place (category reader >> categories.Add)

        /// An item of `images`.
        member _.Image(element: JsonElement, place: string) : unit =
            ifObject element place (image reader >> images.Add)

        /// The items of a whole document.
        member internal this.Document(root: JsonElement) : unit =
            if root.ValueKind <> JsonValueKind.Object then
                reader.Note("the document", root.GetRawText(), "an object with images, annotations and categories")
            else
                for name, read in
                    [
                        "annotations", this.Annotation
                        "categories", this.Category
                        "images", this.Image
                    ] do
                    match reader.Find(root, "", name, "an array") with
                    | ValueSome array when array.ValueKind = JsonValueKind.Array ->
                        array.EnumerateArray() |> Seq.iteri (fun i item -> read (item, $"{name}[{i}]"))
                    | ValueSome other -> reader.Note(name, other.GetRawText(), "an array")
                    | ValueNone -> ()

        /// The ground truth, or every problem that was met.
        member this.Finish() : Parsed<CocoGroundTruth> = Parsed.ofErrors (this.Result())

        member internal _.Result() : Result<CocoGroundTruth, CocoProblem[]> =
            reader.Finish {
                Boxes =
                    if reader.HasChange noId then
                        boxes |> Seq.mapi (fun i box -> { box with Id = int64 (i + 1) }) |> Seq.toArray
                    else
                        boxes.ToArray()
                Categories = categories.ToArray()
                Images = images.ToArray()
                Notes = reader.Changes
            }

    /// Reads a ground-truth file's text as `TruthReader` does. Boxes of images or categories that the file does not list take no part in
    /// an evaluation, as in pycocotools.
    [<CompiledName "GroundTruth">]
    let groundTruth (file: string, text: string) : Parsed<CocoGroundTruth> =
        withDocument file text (fun root ->
            let truth = TruthReader file
            truth.Document root
            truth.Result())
        |> Parsed.ofErrors

    let private detection (reader: CocoFields) (known: HashSet<int64>) (struct (element: JsonElement, path: string)) =
        let struct (x, y, width, height) = reader.BoxField(element, path, 0.0)
        let before = reader.Count
        let imageId = reader.WholeField(element, path, "image_id")

        if reader.Count = before && not (known.Contains imageId) then
            reader.Note(path + "image_id", string imageId, "the id of an image of the ground truth")

        {
            ImageId = imageId
            CategoryId = reader.WholeField(element, path, "category_id")
            X = x
            Y = y
            Width = width
            Height = height
            Score = reader.NumberField(element, path, "score")
        }

    /// Reads a results file: an array of {image_id, category_id, bbox [x, y, width, height], score}. An empty array is no detection
    /// (pycocotools refuses it). An image that the ground truth lacks is a problem, as there; a category it lacks is left out of the
    /// figures, as there. `file` is the name that problems carry.
    [<CompiledName "Results">]
    let results (file: string, text: string, truth: CocoGroundTruth) : Parsed<DetectionBox[]> =
        withDocument file text (fun root ->
            let reader = CocoFields file
            let known = HashSet<int64>(truth.Images |> Seq.map _.Id)

            if root.ValueKind = JsonValueKind.Array then
                reader.Objects(root, "") |> Array.map (detection reader known)
            else
                reader.Note(
                    "the document",
                    root.GetRawText(),
                    "an array of results (predict --format coco writes one)"
                )

                [||]
            |> reader.Finish)
        |> Parsed.ofErrors

    /// COCO's evaluation of a results file against the ground truth it belongs to.
    [<CompiledName "Evaluate">]
    let evaluate (truth: CocoGroundTruth, detections: DetectionBox[]) : EvaluationResult =
        CocoEvaluation.evaluate (
            truth.Boxes,
            detections,
            truth.Categories |> Array.map _.Id,
            truth.Images |> Array.map _.Id
        )
