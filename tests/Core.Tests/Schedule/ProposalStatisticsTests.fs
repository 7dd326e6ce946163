module DynamicRcnn.Core.Tests.Schedule.ProposalStatisticsTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Reference
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Schedule.ScheduleCases
open Expecto
open FsCheck
open FsCheck.FSharp

let private official = config StatisticsRule.Official
let private mmDetection = config StatisticsRule.MMDetection
let private proposalsOnly = config StatisticsRule.ProposalsOnly

/// Stands for an entry that was not measured.
let private none = -1.0f

let private raw (topIoUs: float32 list) (lowErrors: float32 list) : RawStatistics =
    let entries values = [| for value in values -> if value = none then ValueNone else ValueSome value |]

    {
        TopIoUs = entries topIoUs
        LowErrors = entries lowErrors
    }

let private outcome = ProposalStatistics.outcome

// ---- the plain reference ----

/// An image from rows (IoU, error) per ground truth; every proposal is the RPN's own and a sampled positive from 0.5 on.
let private image (ious: float32 list list) (errors: float32 list list) (groundTruthCount: int) : ImageProposals =
    let ious, errors = array2D ious, array2D errors
    let proposalCount = Array2D.length2 ious

    {
        IoUs = ious
        Errors = errors
        IsGroundTruth = Array.init proposalCount (fun p -> p >= proposalCount - groundTruthCount)
        IsSampledPositive =
            Array.init proposalCount (fun p ->
                Seq.exists (fun g -> ious[g, p] >= 0.5f) (seq { 0 .. Array2D.length1 ious - 1 }))
    }

let private reference config imagesPerPass threshold images =
    PlainStatistics.ofIoUs (config, imagesPerPass, threshold, Array.ofList images)

/// Two ground truths, three proposals, then both ground truths appended.
let private crowded =
    image
        [ [ 0.1f; 0.3f; 0.6f; 1.0f; 0.0f ]; [ 0.7f; 0.2f; 0.55f; 0.0f; 1.0f ] ]
        [ [ 5.0f; 3.0f; 0.4f; 0.0f; 9.0f ]; [ 0.3f; 4.0f; 0.5f; 9.0f; 0.0f ] ]
        2

let private ranks topIoUCount lowErrorCount (config: DynamicConfig) = {
    config with
        TopIoUCount = topIoUCount
        LowErrorCount = lowErrorCount
}

/// Images with one to four ground truths and up to eight proposals; a quarter of the proposals are appended ground truth.
let private images =
    let image =
        gen {
            let! truths = Gen.choose (1, 4)
            let! proposals = Gen.choose (0, 8)

            let matrix =
                Gen.choose (0, 64)
                |> Gen.map (fun i -> float32 i / 64.0f)
                |> Gen.array2DOfDim truths proposals

            let! ious = matrix
            let! errors = matrix
            let! own = Gen.choose (0, 3) |> Gen.map ((=) 0) |> Gen.arrayOfLength proposals
            let! drawn = Gen.elements [ true; false ] |> Gen.arrayOfLength proposals

            return {
                IoUs = ious
                Errors = errors
                IsGroundTruth = own
                IsSampledPositive = drawn
            }
        }

    Gen.listOf image |> Gen.resize 6 |> Arb.fromGen

[<Tests>]
let tests =
    testList "Schedule.ProposalStatistics" [
        test "ProposalsOnly: the mean over the images that have both halves" {
            let raw = raw [ 0.5f; 0.9f; 0.75f ] [ 0.25f; none; 0.5f ]

            equal (measured 0.625 0.375) (outcome proposalsOnly raw)
        }

        test "ProposalsOnly: without a contributing image the iteration is unmeasured" {
            let raw = raw [ 0.5f; none ] [ none; 0.0f ]
            equal unmeasured (outcome proposalsOnly raw)
        }

        test "ProposalsOnly: an image counts with both halves or not at all" {
            let raw = raw [ 0.5f; none ] [ 0.25f; none ]
            equal (measured 0.5 0.25) (outcome proposalsOnly raw)
        }

        test "ProposalsOnly: the mean is taken in float64" {
            // In float32 the sum of these two is rounded.
            let big, tiny = 1.0f, 1e-8f
            let raw = raw [ big; tiny ] [ big; tiny ]
            let mean = (float big + float tiny) / 2.0
            equal (measured mean mean) (outcome proposalsOnly raw)
            notEqual mean (float ((big + tiny) / 2.0f))
        }

        test "Official: the one entry of the batch, as float64" {
            equal (measured (float 0.4f) (float 0.1f)) (outcome official (raw [ 0.4f ] [ 0.1f ]))
        }

        test "Official: fewer proposals than the rank are a named fault, and the state reports it" {
            let outcome = outcome official (raw [ none ] [ 0.1f ])
            equal (BatchOutcome.Faulted ScheduleFault.TooFewProposals) outcome
            equal (Some ScheduleFault.TooFewProposals) (run official [ outcome ]).Fault
        }

        test "MMDetection: the mean IoU over images, and the batch's one error" {
            let raw = raw [ 0.5f; 0.0f ] [ 0.25f ]
            equal (measured 0.25 0.25) (outcome mmDetection raw)
        }

        test "MMDetection: without positives the IoU half is left" {
            let raw = raw [ 0.5f; 0.25f ] [ none ]
            equal (BatchOutcome.TopIoUOnly 0.375) (outcome mmDetection raw)
        }

        test "MMDetection: an image without proposals is a named fault" {
            let raw = raw [ 0.5f; none ] [ 0.25f ]
            equal (BatchOutcome.Faulted ScheduleFault.TooFewProposals) (outcome mmDetection raw)
        }

        test "NaN and infinity make the iteration unmeasured under every rule" {
            let nonFinite = BatchOutcome.Unmeasured UnmeasuredReason.NonFiniteStatistic

            for rule in rules do
                for bad in [ nanf; infinityf; -infinityf ] do
                    equal nonFinite (outcome (config rule) (raw [ bad ] [ 0.5f ]))
                    equal nonFinite (outcome (config rule) (raw [ 0.5f ] [ bad ]))

            equal nonFinite (outcome mmDetection (raw [ nanf ] [ none ]))
        }

        test "statistics of the wrong shape are a named fault" {
            let malformed = BatchOutcome.Faulted ScheduleFault.MalformedStatistics

            let grid = {
                TopIoUCounts = [| 1; 2 |]
                LowErrorCounts = [||]
            }

            for rule in rules do
                let record =
                    GridStatistics.record (config rule) {
                        Grid = grid
                        TopIoUs = [| 0.5f; 0.5f |] // a row has three
                        LowErrors = [| 0.5f |]
                        ProposalCounts = [| 9 |]
                        GroundTruthCounts = [| 1 |]
                        OverlapCounts = [| 3 |]
                        PositiveCounts = [| 4 |]
                    }

                equal malformed record.Outcome

            equal malformed (outcome proposalsOnly (raw [ 0.5f; 0.5f ] [ 0.5f ]))
        }

        test "ProposalsOnly: ranks over the RPN's proposals, clamped, errors from the floor on" {
            let second = reference (ranks 2 2 proposalsOnly) 1 0.9 [ crowded ]
            equal (raw [ 0.6f ] [ 0.4f ]) second
            let clamped = reference (ranks 75 10 proposalsOnly) 1 0.9 [ crowded ]
            equal (raw [ 0.3f ] [ 0.4f ]) clamped
        }

        test "Official: below the threshold a proposal counts with ground truth 0" {
            // Maximum IoUs 0.7, 0.3, 0.6, 1, 1; at 0.65 the third keeps ground truth 0's 0.6, at 0.75 the first falls to 0.1.
            let third threshold =
                reference (ranks 3 3 official) 1 threshold [ crowded ]

            equal (raw [ 0.7f ] [ 0.3f ]) (third 0.65)
            equal (raw [ 0.6f ] [ 0.4f ]) (third 0.75)
            // A proposal exactly at the threshold is positive.
            let atThreshold = image [ [ 0.25f ]; [ 0.75f ] ] [ [ 2.0f ]; [ 1.0f ] ] 0
            equal (raw [ 0.75f ] [ 1.0f ]) (reference (ranks 1 1 official) 1 0.75 [ atThreshold ])
            // Above 1 even an appended ground truth falls to ground truth 0.
            equal (raw [ 0.3f ] [ 3.0f ]) (third 1.5)
        }

        test "Official: images are pooled, the IoU rank is not clamped and the error rank is" {
            let one = reference (ranks 5 20 official) 1 0.65 [ crowded ]
            equal (raw [ none ] [ 3.0f ]) (reference (ranks 6 20 official) 1 0.65 [ crowded ])
            equal (raw [ 0.3f ] [ 3.0f ]) one
            equal one (reference (ranks 5 20 official) 2 0.65 [ crowded; crowded ])
            // A last batch of one image still uses the rank of two.
            equal (raw [ 0.6f ] [ 0.4f ]) (reference (ranks 2 2 official) 2 0.65 [ crowded ])
        }

        test "Official: enough appended ground truths make the error exactly 0, ProposalsOnly does not see them" {
            equal (ValueSome 0.0f) ((reference (ranks 3 2 official) 1 0.5 [ crowded ]).LowErrors[0])
            equal (ValueSome 0.4f) ((reference (ranks 3 2 proposalsOnly) 1 0.5 [ crowded ]).LowErrors[0])
        }

        test "MMDetection: maximum IoUs per image, errors of the sampled positives of the batch" {
            let config = ranks 3 3 mmDetection
            equal (raw [ 0.7f ] [ 0.3f ]) (reference config 1 0.9 [ crowded ])
            // Two images: K_E doubles, K_I does not.
            equal (raw [ 0.7f; 0.7f ] [ 0.3f ]) (reference config 1 0.9 [ crowded; crowded ])
        }

        test "MMDetection: an image without ground truth counts with 0" {
            let empty: ImageProposals = {
                IoUs = Array2D.zeroCreate 0 4
                Errors = Array2D.zeroCreate 0 4
                IsGroundTruth = Array.create 4 false
                IsSampledPositive = Array.create 4 false
            }

            equal (raw [ 0.0f ] [ none ]) (reference mmDetection 1 0.5 [ empty ])
            equal (raw [ none ] [ none ]) (reference proposalsOnly 1 0.5 [ empty ])
        }

        // All values are multiples of 1/64, so that means of up to six are off by rounding alone.
        let close (one: BatchOutcome) (other: BatchOutcome) =
            match one, other with
            | BatchOutcome.Measured a, BatchOutcome.Measured b ->
                abs (a.TopIoU - b.TopIoU) < 1e-12 && abs (a.LowError - b.LowError) < 1e-12
            | BatchOutcome.TopIoUOnly a, BatchOutcome.TopIoUOnly b -> abs (a - b) < 1e-12
            | _ -> one = other

        testProperty
            "the order of the images does not matter to any rule"
            (Prop.forAll images (fun images ->
                rules
                |> List.forall (fun rule ->
                    let config = ranks 3 2 (config rule)

                    let outcome images =
                        reference config 2 0.5 images |> outcome config

                    close (outcome images) (outcome (List.rev images)))))

        let without (image: ImageProposals) : ImageProposals =
            let kept = [|
                for p in 0 .. image.IsGroundTruth.Length - 1 do
                    if not image.IsGroundTruth[p] then
                        p
            |]

            let columns (matrix: float32[,]) =
                Array2D.init (Array2D.length1 matrix) kept.Length (fun g i -> matrix[g, kept[i]])

            {
                IoUs = columns image.IoUs
                Errors = columns image.Errors
                IsGroundTruth = Array.create kept.Length false
                IsSampledPositive = kept |> Array.map (fun p -> image.IsSampledPositive[p])
            }

        testProperty
            "appended ground truth does not matter to ProposalsOnly"
            (Prop.forAll images (fun images ->
                reference proposalsOnly 2 0.5 images = reference proposalsOnly 2 0.5 (List.map without images)))

        let unsampled (image: ImageProposals) : ImageProposals = {
            image with
                IsSampledPositive = Array.map not image.IsSampledPositive
        }

        testProperty
            "neither the threshold nor the sampler matters to ProposalsOnly"
            (Prop.forAll images (fun images ->
                reference proposalsOnly 2 0.5 images = reference proposalsOnly 2 0.9 (List.map unsampled images)))
    ]
