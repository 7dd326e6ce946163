// dotnet fsi build.fsx bench-evaluation      times the evaluation at the size of COCO's val2017, on drawn boxes in memory, and then
//                                            with fewer and more detections an image.
open System
open System.Diagnostics
open DynamicRcnn.Core

let imageCount, categoryCount, truthsAnImage = 5000, 80, 7
let side = 640.0

/// Detections an image and how often they are evaluated: the first times at COCO's limit of an image, on code that is not yet compiled.
let rounds = [ 100, 5; 25, 2; 50, 2; 200, 2; 400, 2 ]

/// Boxes as a detector finds them: each object several times, by its side and with falling scores, else anywhere with low ones.
let draw (detectionsAnImage: int) (seed: int) : EvaluationBox[] * DetectionBox[] =
    let random = Random seed

    let uniform low high =
        low + (high - low) * random.NextDouble()
    // Few classes are frequent: the square of a uniform number.
    let category () =
        int64 (uniform 0.0 1.0 ** 2.0 * float categoryCount) + 1L

    let length () =
        Math.Exp(uniform (Math.Log 8.0) (Math.Log 400.0))

    let truths =
        Array.init (imageCount * truthsAnImage) (fun i ->
            let width, height = length (), length ()

            {
                Id = int64 (i + 1)
                ImageId = int64 (i / truthsAnImage + 1)
                CategoryId = category ()
                X = uniform 0.0 (side - width)
                Y = uniform 0.0 (side - height)
                Width = width
                Height = height
                Area = width * height * uniform 0.5 1.0
                Crowd = random.Next 90 = 0
            }
            : EvaluationBox)

    let detections =
        Array.init (imageCount * detectionsAnImage) (fun i ->
            let image = i / detectionsAnImage

            if random.Next 2 = 0 then
                let truth = truths[image * truthsAnImage + random.Next truthsAnImage]
                let jitter = uniform 0.0 0.4
                let moved (length: float) = length * uniform -jitter jitter

                {
                    ImageId = truth.ImageId
                    CategoryId = (if random.Next 5 = 0 then category () else truth.CategoryId)
                    X = truth.X + moved truth.Width
                    Y = truth.Y + moved truth.Height
                    Width = truth.Width + moved truth.Width
                    Height = truth.Height + moved truth.Height
                    Score = uniform 0.05 (1.0 - jitter)
                }
            else
                {
                    ImageId = int64 (image + 1)
                    CategoryId = category ()
                    X = uniform 0.0 side
                    Y = uniform 0.0 side
                    Width = length ()
                    Height = length ()
                    Score = 0.05 + 0.5 * uniform 0.0 1.0 ** 4.0
                })

    truths, detections

let categoryIds = Array.init categoryCount (fun i -> int64 (i + 1))
let imageIds = Array.init imageCount (fun i -> int64 (i + 1))

for detectionsAnImage, runs in rounds do
    let truths, detections = draw detectionsAnImage 1

    printfn
        $"{imageCount} images, {truths.Length} boxes, {detections.Length} detections, {categoryCount} classes; {Environment.ProcessorCount} processors"

    for run in 1..runs do
        let before = GC.GetTotalAllocatedBytes()
        let usedBefore = Environment.CpuUsage.TotalTime
        let watch = Stopwatch.StartNew()
        let result = CocoEvaluation.evaluate (truths, detections, categoryIds, imageIds)
        let seconds = watch.Elapsed.TotalSeconds
        let used = (Environment.CpuUsage.TotalTime - usedBefore).TotalSeconds
        let megabytes = (GC.GetTotalAllocatedBytes() - before) / 1_000_000L
        printfn $"run {run}: {seconds:F2} s, {used:F2} s of processor time, {megabytes} MB allocated, AP {result.AP:F6}"
