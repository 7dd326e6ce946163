module DynamicRcnn.Core.Tests.Run.ImageBootstrapTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes
open Expecto
open Expecto.ExpectoFsCheck
open FsCheck

let private images = [| 1L; 2L; 3L; 4L |]
let private categories = [| 1L; 2L |]

/// Two objects of each category in every image, and detections some pixels off them, no two with one score.
let private boxes (offsets: int list) : EvaluationBox[] * DetectionBox[] =
    let truths = [|
        for image in images do
            for category in categories do
                for number in 0L .. 1L do
                    let id = 1L + number + 2L * category + 10L * image

                    {
                        truthBox id image category (float number * 40.0) with
                            Crowd = (image = 4L && number = 1L)
                    }
    |]

    let detections =
        offsets
        |> List.mapi (fun place offset ->
            let truth = truths[(place * 7 + abs offset) % truths.Length]
            let x = truth.X + float (abs offset % 9)
            detectionBox truth.ImageId truth.CategoryId x (1.0 / (1.0 + float place)))
        |> Array.ofList

    truths, detections

/// Every image as often as its weight says, under ids of its own.
let private copied (weights: int[]) (truths: EvaluationBox[], detections: DetectionBox[]) =
    let idsOf image = [ for copy in 1 .. weights[int image - 1] -> image * 100L + int64 copy ]

    let truths = [|
        for truth in truths do
            for id in idsOf truth.ImageId do
                {
                    truth with
                        ImageId = id
                        Id = truth.Id + 1000L * id
                }
    |]

    let detections = [|
        for detection in detections do
            for id in idsOf detection.ImageId do
                { detection with ImageId = id }
    |]

    CocoEvaluation.evaluate (truths, detections, categories, images |> Array.collect (idsOf >> Array.ofList))

let private precisionOf (truths, detections) =
    ResampledPrecision.Of(truths, detections, categories, images)

let private refused (call: unit -> unit) =
    Expect.throwsT<ArgumentException> call "is not refused"

[<Tests>]
let tests =
    testList "Run.ImageBootstrap" [
        testProperty "an image that counts n times counts as n copies of it do"
        <| fun (offsets: int list) (weights: byte[]) ->
            let weights =
                Array.init images.Length (fun i -> if i < weights.Length then int weights[i] % 4 else 1)

            let boxes = boxes (List.truncate 40 offsets)
            let figures = (precisionOf boxes).Figures weights

            if Array.sum weights = 0 then
                isTrue (Double.IsNaN figures.AP)
            else
                let expected = copied weights boxes
                within 1e-12 expected.AP figures.AP
                within 1e-12 expected.APByIoU[8] figures.AP90

        test "gains over itself are 0, a better arm is the best, and the same seed gives the same bits" {
            let good = precisionOf (boxes [ for place in 0..40 -> place % 2 ])
            let bad = precisionOf (boxes [ for place in 0..40 -> 4 + place % 2 ])
            let runs = [| [| bad; bad |]; [| bad; bad |]; [| good; good |] |]
            let intervals = ImageBootstrap.intervals (runs, 500, 3L)
            equal { Mean = 0.0; Low = 0.0; High = 0.0 } intervals[1].APGain
            isTrue (intervals[2].APGain.Low > 0.0)
            equal 1.0 intervals[2].Best

            isTrue (
                intervals[2].AP.Low <= intervals[2].AP.Mean
                && intervals[2].AP.Mean <= intervals[2].AP.High
            )

            equal intervals (ImageBootstrap.intervals (runs, 500, 3L))
            isTrue (intervals <> ImageBootstrap.intervals (runs, 500, 4L))
        }

        test "seeds are drawn too: of two seeds that differ a quarter of the samples has one alone" {
            let good = precisionOf (boxes [ for place in 0..40 -> place % 2 ])
            let none = precisionOf (boxes [])
            let alone = ImageBootstrap.intervals ([| [| none; good |] |], 400, 1L)
            equal 0.0 alone[0].AP.Low
            isTrue (alone[0].AP.High > 1.5 * alone[0].AP.Mean)
        }

        test "what cannot be compared is refused" {
            let run = precisionOf (boxes [])
            refused (fun () -> ImageBootstrap.intervals ([| [| run |]; [||] |], 10, 1L) |> ignore)
            refused (fun () -> ImageBootstrap.intervals ([| [| run |] |], 0, 1L) |> ignore)
            refused (fun () -> run.Figures [| 1 |] |> ignore)
        }
    ]
