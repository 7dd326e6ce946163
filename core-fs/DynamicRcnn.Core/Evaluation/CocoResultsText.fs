namespace DynamicRcnn.Core

open System
open System.Collections.Generic
open System.Text.Json

/// One problem of a COCO file: which file, which field, what it holds and what was expected.
type CocoProblem = {
    File: string
    /// Path of the field, such as `annotations[3].bbox`.
    Field: string
    /// The value found, shortened; "missing" when there is none.
    Value: string
    Expected: string
} with

    /// One sentence.
    override this.ToString() =
        $"{this.File}: {this.Field} is {this.Value}, expected {this.Expected}"

/// A category as the file names it.
type CocoCategory = { Id: int64; Name: string }

/// An image as the file names it; the name is empty where it has none.
type CocoImage = { Id: int64; FileName: string }

/// What the evaluation needs of a COCO ground-truth file.
type CocoGroundTruth = {
    Boxes: EvaluationBox[]
    /// In file order.
    Categories: CocoCategory[]
    /// In file order.
    Images: CocoImage[]
    /// A sentence for each way in which annotations were read otherwise than written, or left out, as training does.
    Notes: string[]
}

/// The areas that COCO's evaluation knows.
[<RequireQualifiedAccess>]
module CocoArea =

    /// The side of a square that holds every object.
    let private largestSide = 1e5

    /// Whether an object can have it, in square pixels; others would take no part, whatever finds them.
    [<CompiledName "IsOne">]
    let isOne (area: float) : bool =
        area >= 0.0 && area <= largestSide * largestSide

/// The outlines of COCO's annotations.
[<RequireQualifiedAccess>]
module CocoPolygons =

    /// The rectangle (x, y, width, height) around outlines of x and y in turns, in pixels; none where they are fewer than two points.
    [<CompiledName "RectangleAround">]
    let rectangleAround (numbers: float[]) : struct (float * float * float * float) voption =
        if numbers.Length < 4 || numbers.Length % 2 <> 0 then
            ValueNone
        else
            let mutable left, right = infinity, -infinity
            let mutable top, bottom = infinity, -infinity

            for i in 0..2 .. numbers.Length - 1 do
                left <- min left numbers[i]
                right <- max right numbers[i]
                top <- min top numbers[i + 1]
                bottom <- max bottom numbers[i + 1]

            ValueSome(struct (left, top, right - left, bottom - top))

/// COCO ground truth and results as JSON text -> the arrays that `CocoEvaluation.evaluate` takes.
[<RequireQualifiedAccess>]
module CocoResultsText =

    /// Problems listed before the rest is only counted.
    let private shownProblems = 20

    let private shownCharacters = 60

    /// Reads fields and notes every problem; a value with a problem is a stand-in that never leaves this module.
    [<Sealed>]
    type private Reader(file: string) =
        let problems = List<CocoProblem>()
        let changes = Dictionary<string, struct (string * int)>()

        let shorten (text: string) =
            if text.Length <= shownCharacters then
                text
            else
                text.Substring(0, shownCharacters) + "..."

        member _.Note(field: string, value: string, expected: string) : unit =
            problems.Add {
                File = file
                Field = field
                Value = shorten (PythonJson.withoutQuotes value)
                Expected = expected
            }

        member _.Count: int = problems.Count

        /// Another way than the written one in which a place is read.
        member _.Change(place: string, text: string) : unit =
            changes[text] <-
                match changes.TryGetValue text with
                | true, struct (first, count) -> struct (first, count + 1)
                | false, _ -> struct (place, 1)

        member _.HasChange(text: string) : bool = changes.ContainsKey text

        member _.Changes: string[] = [|
            for KeyValue(text, struct (first, count)) in changes ->
                let more = if count > 1 then $" ({count} times, first there)" else ""
                $"{file}: {first} {text}{more}"
        |]

        /// The field of an object, or a note that it is missing.
        member this.Find(element: JsonElement, path: string, name: string, expected: string) : JsonElement voption =
            match element.TryGetProperty name with
            | true, value -> ValueSome value
            | false, _ ->
                this.Note($"{path}{name}", "missing", expected)
                ValueNone

        /// A finite number.
        member this.Number(value: JsonElement, field: string) : float =
            match value.ValueKind with
            | JsonValueKind.Number when Double.IsFinite(value.GetDouble()) -> value.GetDouble()
            | _ ->
                this.Note(field, value.GetRawText(), "a finite number")
                0.0

        member this.NumberField(element: JsonElement, path: string, name: string) : float =
            match this.Find(element, path, name, "a finite number") with
            | ValueSome value -> this.Number(value, path + name)
            | ValueNone -> 0.0

        /// A whole number; 7.0 is one.
        member _.TryWhole(value: JsonElement) : int64 voption =
            if value.ValueKind <> JsonValueKind.Number then
                ValueNone
            else
                match value.TryGetInt64(), value.GetDouble() with
                | (true, whole), _ -> ValueSome whole
                | _, number when Math.Abs number < 9e15 && number = Math.Floor number -> ValueSome(int64 number)
                | _ -> ValueNone

        member this.WholeField(element: JsonElement, path: string, name: string) : int64 =
            match this.Find(element, path, name, "a whole number") with
            | ValueNone -> 0L
            | ValueSome value ->
                this.TryWhole value
                |> ValueOption.defaultWith (fun () ->
                    this.Note(path + name, value.GetRawText(), "a whole number")
                    0L)

        /// [x, y, width, height]
        member this.BoxField
            (element: JsonElement, path: string, leastSide: float)
            : struct (float * float * float * float) =
            let expected =
                "four numbers [x, y, width, height] with width and height of at least 0"

            let field = path + "bbox"

            match this.Find(element, path, "bbox", expected) with
            | ValueNone -> struct (0.0, 0.0, 0.0, 0.0)
            | ValueSome box when box.ValueKind = JsonValueKind.Array && box.GetArrayLength() = 4 ->
                let number (i: int) = this.Number(box[i], $"{field}[{i}]")

                let x, y, width, height = number 0, number 1, number 2, number 3

                if width < leastSide || height < leastSide then
                    this.Note(field, box.GetRawText(), expected)

                struct (x, y, width, height)
            | ValueSome box ->
                this.Note(field, box.GetRawText(), expected)
                struct (0.0, 0.0, 0.0, 0.0)

        /// The objects of an array field; anything else in it is noted and left out.
        member this.Objects(array: JsonElement, field: string) : struct (JsonElement * string)[] =
            if array.ValueKind <> JsonValueKind.Array then
                this.Note(field, array.GetRawText(), "an array")
                [||]
            else
                let objects = List<struct (JsonElement * string)>()
                let mutable i = 0

                for element in array.EnumerateArray() do
                    let path = $"{field}[{i}]"

                    if element.ValueKind = JsonValueKind.Object then
                        objects.Add(struct (element, path + "."))
                    else
                        this.Note(path, element.GetRawText(), "an object")

                    i <- i + 1

                objects.ToArray()

        /// The result when nothing was noted, else the problems.
        member _.Finish(value: 'T) : Result<'T, CocoProblem[]> =
            if problems.Count = 0 then
                Ok value
            elif problems.Count <= shownProblems then
                Error(problems.ToArray())
            else
                Error [|
                    yield! Seq.truncate shownProblems problems
                    {
                        File = file
                        Field = "the file"
                        Value = $"the place of {problems.Count - shownProblems} more problems"
                        Expected = "none"
                    }
                |]

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
    let private aroundPolygons (reader: Reader) (polygons: JsonElement) (path: string) =
        CocoPolygons.rectangleAround [|
            for struct (i, polygon) in polygons.EnumerateArray() |> Seq.mapi (fun i item -> struct (i, item)) do
                if polygon.ValueKind = JsonValueKind.Array then
                    for number in polygon.EnumerateArray() do
                        reader.Number(number, $"{path}segmentation[{i}]")
                else
                    reader.Number(polygon, $"{path}segmentation[{i}]")
        |]

    /// The box; where there is none or an empty one, the rectangle around the polygon, as training takes it.
    let private boxOf (reader: Reader) (element: JsonElement) (path: string) =
        let isEmpty (box: JsonElement) =
            box.ValueKind = JsonValueKind.Array
            && box.EnumerateArray()
               |> Seq.forall (fun number -> number.ValueKind = JsonValueKind.Null)

        match optional element "bbox", optional element "segmentation" with
        | ValueSome box, _ when not (isEmpty box) -> ValueSome(reader.BoxField(element, path, -infinity))
        | _, ValueSome polygons when polygons.ValueKind = JsonValueKind.Array -> aroundPolygons reader polygons path
        | _ -> ValueNone

    let private crowdOf (reader: Reader) (element: JsonElement) (path: string) =
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

    /// None for one that training leaves out.
    let private annotation (reader: Reader) (struct (element: JsonElement, path: string)) : EvaluationBox voption =
        let area (width: float) (height: float) =
            match optional element "area" with
            | ValueNone -> width * height
            | ValueSome value ->
                match reader.Number(value, path + "area") with
                | stated when CocoArea.isOne stated -> stated
                | _ ->
                    reader.Change(path + "area", "can be no object's, so the box's own area is taken")
                    width * height

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
                    Area = area width height
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
    let private textField (reader: Reader) (element: JsonElement) (path: string) (name: string) : string =
        match optional element name with
        | ValueSome value when value.ValueKind = JsonValueKind.String -> string (value.GetString())
        | ValueSome value ->
            reader.Note(path + name, value.GetRawText(), "a text")
            ""
        | ValueNone -> ""

    let private category (reader: Reader) (struct (element: JsonElement, path: string)) : CocoCategory = {
        Id = reader.WholeField(element, path, "id")
        Name = textField reader element path "name"
    }

    let private image (reader: Reader) (struct (element: JsonElement, path: string)) : CocoImage = {
        Id = reader.WholeField(element, path, "id")
        FileName = textField reader element path "file_name"
    }

    /// Reads a ground-truth file ("instances" JSON) item by item, so that a large one need not be in memory. Without `iscrowd` a box is no
    /// crowd; without `area` the box's own counts. `file` is the name that problems carry.
    [<Sealed>]
    type TruthReader(file: string) =
        let reader = Reader file
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

    let private detection (reader: Reader) (known: HashSet<int64>) (struct (element: JsonElement, path: string)) =
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
            let reader = Reader file
            let known = HashSet<int64>(truth.Images |> Seq.map _.Id)

            if root.ValueKind = JsonValueKind.Array then
                reader.Objects(root, "") |> Array.map (detection reader known)
            else
                reader.Note("the document", root.GetRawText(), "an array of results")
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
