namespace DynamicRcnn.Core

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
