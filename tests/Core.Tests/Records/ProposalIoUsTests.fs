module DynamicRcnn.Core.Tests.Records.ProposalIoUsTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open FsCheck.FSharp

let private header (rule: StatisticsRule) : StatisticsHeader = {
    Rule = rule
    Version = StatisticsFormat.version
    RankScaling = RankScaling.Constant
    TopIoUCount = 2
    LowErrorCount = 1
    Grid = {
        TopIoUCounts = [| 1; 2; 5; 10 |]
        LowErrorCounts = [| 1 |]
    }
}

let private batch (ious: float[]) : BatchRecord = {
    Outcome = BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage
    TopIoUs = ious
    LowErrors = [| -1.0 |]
    ImageCount = 2
    AnnotatedImageCount = 2
    ProposalCount = 40
    GroundTruthCount = 8
    OverlapCount = 20
    PositiveCount = 24
}

let private histogram rule ious : float[] =
    (ProposalIoUs.histogram (header rule) (batch ious)).Value.Counts

[<Tests>]
let tests =
    testList "Records.ProposalIoUs" [
        test "between two ranks the proposals are spread evenly" {
            let counts = histogram StatisticsRule.ProposalsOnly [| 0.9; 0.8; 0.5; 0.2 |]
            // Rank 1 at 0.9, rank 2 at 0.8: half a proposal in each of the two bins between; 5 more down to 0.2, 10 of 20 below.
            within 5e-10 20.0 (Array.sum counts)
            within 5e-10 0.5 counts[16]
            within 5e-10 0.5 counts[17]
            within 5e-10 3.0 (Array.sum counts[10..15])
            within 5e-10 5.0 (Array.sum counts[4..9])
            within 5e-10 10.0 (Array.sum counts[0..3])
        }

        test "rules that append the ground truth count it" {
            let counts = histogram StatisticsRule.MMDetection [| 1.0; 1.0; 0.5; 0.2 |]
            within 5e-10 24.0 (Array.sum counts)
            Expect.isTrue (counts[19] >= 2.0) "what has an IoU of 1 is in the last bin"
        }

        test "an iteration without a measurement has no distribution and ranks without one are left out" {
            let none =
                ProposalIoUs.histogram (header StatisticsRule.Official) (batch [| -1.0; -1.0; -1.0; -1.0 |])

            equal None none
            let some = histogram StatisticsRule.Official [| 1.01; 0.8; -1.0; -1.0 |]
            within 5e-10 24.0 (Array.sum some)
        }

        let ious =
            Gen.choose (0, 1000)
            |> Gen.map (fun thousandths -> float thousandths / 1000.0)
            |> Gen.arrayOfLength 4
            |> Gen.map Array.sortDescending

        testProperty
            "no bin is negative and together they hold every proposal"
            (Prop.forAll (Arb.fromGen ious) (fun ious ->
                let counts = histogram StatisticsRule.ProposalsOnly ious

                Array.forall (fun count -> count >= -1e-12) counts
                && abs (Array.sum counts - 20.0) < 1e-9))
    ]
