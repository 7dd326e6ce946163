// A data set of large pictures: each is four pictures of one size of another data set, side by side and below each other, with all their boxes.
// dotnet fsi tests/bench/mosaic.fsx DATA SPLIT OUT writes OUT in COCO's layout, with lossless pictures.
#r "../Cli.Tests/bin/Release/net10.0/DynamicRcnn.Core.dll"
#r "../Cli.Tests/bin/Release/net10.0/DynamicRcnn.Data.dll"

open System
open System.IO
open System.Text.Json
open DynamicRcnn.Data

let data, split, out =
    match fsi.CommandLineArgs with
    | [| _; data; split; out |] -> data, split, out
    | _ -> failwith "expected DATA SPLIT OUT"

let dataset = DatasetReader.Open(data, split)

/// Places of the four: left to right, then below.
let corner (size: ImageSize) (place: int) =
    size.Width * (place % 2), size.Height * (place / 2)

let compose (size: ImageSize) (four: ImageRecord array) =
    let pixels = Array.zeroCreate<byte>(12 * size.Width * size.Height)

    for place in 0..3 do
        let picture = four[place].Decode()
        let left, top = corner size place

        for row in 0 .. size.Height - 1 do
            Array.Copy(
                picture.Pixels,
                3 * size.Width * row,
                pixels,
                3 * (2 * size.Width * (top + row) + left),
                3 * size.Width
            )

    RgbImage(2 * size.Width, 2 * size.Height, pixels)

let groups =
    dataset.Images
    |> Seq.groupBy (fun image -> ImageSize(image.Width, image.Height))
    |> Seq.collect (fun (size, images) ->
        images
        |> Seq.chunkBySize 4
        |> Seq.filter (fun four -> four.Length = 4)
        |> Seq.map (fun four -> size, four))
    |> Array.ofSeq

let images = Path.Combine(out, "images", split)
Directory.CreateDirectory images |> ignore
Directory.CreateDirectory(Path.Combine(out, "annotations")) |> ignore

for number, (size, four) in Array.indexed groups do
    File.WriteAllBytes(Path.Combine(images, $"four_%03d{number}.png"), ImageCodec.EncodePng(compose size four))

let annotations = [|
    for number, (size, four) in Array.indexed groups do
        for place in 0..3 do
            let left, top = corner size place

            for box in four[place].Boxes do
                number, left, top, box
|]

let json = {|
    images = [|
        for number, (size, _) in Array.indexed groups do
            {|
                id = number + 1
                file_name = $"four_%03d{number}.png"
                width = 2 * size.Width
                height = 2 * size.Height
            |}
    |]
    annotations =
        annotations
        |> Array.mapi (fun id (number, left, top, box) -> {|
            id = id + 1
            image_id = number + 1
            category_id = dataset.Classes[box.Label].Id
            bbox = [|
                float box.X1 + float left
                float box.Y1 + float top
                float (box.X2 - box.X1)
                float (box.Y2 - box.Y1)
            |]
            area = box.Area
            iscrowd = (if box.Crowd then 1 else 0)
        |})
    categories = [|
        for name in dataset.Classes do
            {| id = name.Id; name = name.Name |}
    |]
|}

File.WriteAllText(Path.Combine(out, "annotations", $"instances_{split}.json"), JsonSerializer.Serialize json)

printfn
    $"{groups.Length} pictures, {annotations.Length} boxes, {annotations
                                                             |> Array.filter (fun (_, _, _, box) -> box.Area <= 1024.0)
                                                             |> Array.length} of them small"
