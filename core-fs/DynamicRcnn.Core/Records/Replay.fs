namespace DynamicRcnn.Core

/// Why a replayed curve is not to the bit what a run with these settings would have computed from the same proposals.
[<RequireQualifiedAccess>]
type ReplayCaveat =
    /// The rule counts ground truth, or errors, that the recorded rule does not, or the other way round.
    | OtherRule of Recorded: StatisticsRule
    /// Both counts meant something else in an image.
    | OtherRankScaling of Recorded: RankScaling
    /// K lies between two recorded ranks.
    | BetweenRanks of Path: string * Count: int * Below: int * Above: int
    /// ProposalsOnly measures the errors of proposals that reach the floor, and the recorded floor was another.
    | OtherFloor of Recorded: float
    /// Official: both statistics of a proposal below the threshold are those of its image's first ground truth.
    | ThresholdMoved of FromIteration: int
    /// MMDetection: the errors are those of the sampled positives, which the threshold decides.
    | PositivesMoved of FromIteration: int

/// The curve that a schedule draws over recorded statistics.
type ReplayCurve = {
    Config: DynamicConfig
    /// In force at each iteration that was replayed; fewer than were recorded when a fault ends the schedule.
    IoUThresholds: float[]
    Betas: float[]
    /// After the last of them.
    Last: DynamicState
    /// Iterations after which the setting was another.
    ChangeCount: int
    /// Iterations with an error statistic of 0.
    ZeroErrorCount: int
    /// None: to the bit.
    IoUThresholdCaveats: ReplayCaveat[]
    /// None: to the bit.
    BetaCaveats: ReplayCaveat[]
}

/// Folds recorded statistics again under other settings. The detector is not trained again, so its proposals are those of the
/// recorded run: the replay is open-loop.
[<RequireQualifiedAccess>]
module ReplayFold =

    /// The value at a rank between the recorded ones: linear, and the first or last one outside. Unknown where a neighbour is.
    let private between (ranks: int[]) (values: float[]) (rank: float) : float =
        let above = ranks |> Array.tryFindIndex (fun each -> float each >= rank)

        match above with
        | None -> values[values.Length - 1]
        | Some i when i = 0 || float ranks[i] = rank -> values[i]
        | Some i when
            values[i - 1] = StatisticsGrid.NotMeasured
            || values[i] = StatisticsGrid.NotMeasured
            ->
            StatisticsGrid.NotMeasured
        | Some i ->
            let share = (rank - float ranks[i - 1]) / float (ranks[i] - ranks[i - 1])
            values[i - 1] + share * (values[i] - values[i - 1])

    /// Among the proposals alone appended ground truth, which comes first, takes as many ranks away as it counts.
    let private amongProposals (rule: StatisticsRule) (scaling: RankScaling) : RankScaling =
        if rule = StatisticsRule.ProposalsOnly then
            scaling
        else
            RankScaling.LessGroundTruths

    /// What a batch would have measured. Under another rule or scaling the rank is carried over by way of that among the proposals
    /// of a mean image; where appended ground truth fills all ranks, IoU is 1 and the error 0.
    let private outcome (header: StatisticsHeader) (config: DynamicConfig) (batch: BatchRecord) : BatchOutcome =
        let sameRule = header.Rule = config.Rule
        let recorded = amongProposals header.Rule header.RankScaling
        let replayed = amongProposals config.Rule config.RankScaling

        let value (ranks: int[]) (values: float[]) (count: int) (ofGroundTruth: float) =
            let rank = ImageRank.ofMean replayed (float count) (batch.MeanNumber replayed)

            if recorded = replayed then
                between ranks values (float count)
            elif rank <= 0.0 && config.Rule <> StatisticsRule.ProposalsOnly then
                ofGroundTruth
            else
                ImageRank.countOfMean recorded (max 1.0 rank) (batch.MeanNumber recorded)
                |> between ranks values
            |> GridStatistics.unmarked

        let halves: ProposalStatistics.Halves = {
            TopIoU = value header.Grid.TopIoUCounts batch.TopIoUs config.TopIoUCount 1.0
            LowError = value header.Grid.LowErrorCounts batch.LowErrors config.LowErrorCount 0.0
        }

        match batch.Outcome with
        | BatchOutcome.Skipped _
        | BatchOutcome.Faulted ScheduleFault.MalformedStatistics -> batch.Outcome
        | _ when sameRule -> ProposalStatistics.ofHalves config.Rule halves
        | _ when
            config.Rule = StatisticsRule.Official
            && batch.AnnotatedImageCount < batch.ImageCount
            ->
            BatchOutcome.Skipped SkipReason.ImageWithoutBoxes
        | _ when halves.TopIoU.IsNone -> BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage
        | _ when halves.LowError.IsNone && config.Rule <> StatisticsRule.MMDetection ->
            BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage
        | _ -> ProposalStatistics.ofHalves config.Rule halves

    let private lowErrorOf (outcome: BatchOutcome) : float option =
        match outcome with
        | BatchOutcome.Measured statistics -> Some statistics.LowError
        | _ -> None

    let private betweenRanks (path: string) (ranks: int[]) (count: int) : ReplayCaveat list =
        if Array.contains count ranks then
            []
        else
            let above = Array.findIndex (fun rank -> rank > count) ranks
            [ ReplayCaveat.BetweenRanks(path, count, ranks[above - 1], ranks[above]) ]

    /// The caveats of both halves that are known before the fold.
    let private known
        (header: StatisticsHeader)
        (recorded: DynamicConfig)
        (config: DynamicConfig)
        : ReplayCaveat list * ReplayCaveat list =
        let rule =
            if header.Rule = config.Rule then
                []
            else
                [ ReplayCaveat.OtherRule header.Rule ]

        let floor =
            if
                header.Rule = StatisticsRule.ProposalsOnly
                && recorded.FloorIoU <> config.FloorIoU
            then
                [ ReplayCaveat.OtherFloor recorded.FloorIoU ]
            else
                []

        let rule =
            if rule.IsEmpty && header.RankScaling <> config.RankScaling then
                [ ReplayCaveat.OtherRankScaling header.RankScaling ]
            else
                rule

        rule
        @ betweenRanks "dynamic.topIoUCount" header.Grid.TopIoUCounts config.TopIoUCount
        @ floor,
        rule
        @ betweenRanks "dynamic.lowErrorCount" header.Grid.LowErrorCounts config.LowErrorCount
        @ floor

    /// The caveats of a threshold that differs from the recorded one from some iteration on.
    let private moved (header: StatisticsHeader) (config: DynamicConfig) (from: int option) =
        match header.Rule, from with
        | rule, Some iteration when rule = config.Rule && rule = StatisticsRule.Official ->
            let caveat = [ ReplayCaveat.ThresholdMoved iteration ]
            caveat, caveat
        | rule, Some iteration when rule = config.Rule && rule = StatisticsRule.MMDetection ->
            [], [ ReplayCaveat.PositivesMoved iteration ]
        | _ -> [], []

    /// Iterations that are missing, as one sentence.
    let private gap (file: StatisticsFile) : string option =
        file.Records
        |> Array.mapi (fun i record -> i + 1, record.Iteration)
        |> Array.tryFind (fun (expected, iteration) -> expected <> iteration)
        |> Option.map (fun (expected, iteration) ->
            $"the record lacks iterations {expected} to {iteration - 1}, and a replay needs all from the first on")

    let private beyond (path: string) (ranks: int[]) (count: int) : string option =
        let last = ranks[ranks.Length - 1]

        if count > last then
            let grid = ranks |> Array.map string |> String.concat ", "
            Some $"{path}: got {count}, expected at most {last}, the largest recorded rank; recorded are {grid}"
        else
            None

    /// Why there is no replay, as one sentence.
    let private obstacle (file: StatisticsFile) (recorded: DynamicConfig) (config: DynamicConfig) : string option =
        let header = file.Header

        let otherRun =
            (header.Rule, header.RankScaling, header.TopIoUCount, header.LowErrorCount)
            <> (recorded.Rule, recorded.RankScaling, recorded.TopIoUCount, recorded.LowErrorCount)

        let number =
            match config.RankScaling with
            | RankScaling.PerOverlap -> Some "overlaps"
            | RankScaling.PerPositive -> Some "positives"
            | _ -> None

        let lacksNumbers =
            file.Records.Length > 0
            && header.RankScaling <> config.RankScaling
            && file.Records[0].Batch.MeanNumber config.RankScaling < 0.0

        [
            number
            |> Option.filter (fun _ -> lacksNumbers)
            |> Option.map (fun number ->
                $"dynamic.rankScaling: got {config.RankScaling}, expected another, for the run was recorded before the {number} of its images were")
            (if otherRun then
                 Some "the record was made under another rule or other ranks than the run's configuration names"
             else
                 None)
            gap file
            beyond "dynamic.topIoUCount" header.Grid.TopIoUCounts config.TopIoUCount
            beyond "dynamic.lowErrorCount" header.Grid.LowErrorCounts config.LowErrorCount
        ]
        |> List.tryPick id

    /// The curve under a schedule, or one sentence that says why there is none. `recorded` is the schedule of the run.
    [<CompiledName "Run">]
    let run (file: StatisticsFile) (recorded: DynamicConfig) (config: DynamicConfig) : Parsed<ReplayCurve> =
        let header = file.Header

        match obstacle file recorded config with
        | Some sentence -> Error sentence
        | None ->
            let ious = ResizeArray<float> file.Records.Length
            let betas = ResizeArray<float> file.Records.Length
            let mutable state = DynamicTraining.initial config
            let mutable changes, zeros = 0, 0
            let mutable movedFrom = None

            for record in file.Records do
                if state.Fault.IsNone then
                    ious.Add state.Setting.IoUThreshold
                    betas.Add state.Setting.Beta

                    if movedFrom.IsNone && state.Setting.IoUThreshold <> record.Setting.IoUThreshold then
                        movedFrom <- Some record.Iteration

                    let outcome = outcome header config record.Batch
                    let next = DynamicTraining.step config state outcome

                    if lowErrorOf outcome = Some 0.0 then
                        zeros <- zeros + 1

                    if next.Setting <> state.Setting then
                        changes <- changes + 1

                    state <- next

            let topKnown, lowKnown = known header recorded config
            let topMoved, lowMoved = moved header config movedFrom

            Ok {
                Config = config
                IoUThresholds = ious.ToArray()
                Betas = betas.ToArray()
                Last = state
                ChangeCount = changes
                ZeroErrorCount = zeros
                IoUThresholdCaveats = Array.ofList (if config.MoveThreshold then topKnown @ topMoved else [])
                BetaCaveats = Array.ofList (if config.MoveBeta then lowKnown @ lowMoved else [])
            }
        |> Parsed.ofError

    /// Whether a curve is the recorded one, to the bit.
    [<CompiledName "EqualsRecord">]
    let equalsRecord (file: StatisticsFile) (curve: ReplayCurve) : bool =
        curve.IoUThresholds.Length = file.Records.Length
        && Array.forall2 (=) curve.IoUThresholds (file.Records |> Array.map _.Setting.IoUThreshold)
        && Array.forall2 (=) curve.Betas (file.Records |> Array.map _.Setting.Beta)

    /// One sentence for people.
    [<CompiledName "Describe">]
    let describe (caveat: ReplayCaveat) : string =
        match caveat with
        | ReplayCaveat.OtherRule recorded ->
            $"the run recorded the rule {recorded}; the ground truths that one of the rules counts among the proposals and the other does "
            + "not are allowed for by their mean number an image, and which proposals each rule looks at is not"
        | ReplayCaveat.OtherRankScaling recorded ->
            $"the run's counts meant {recorded} (dynamic.rankScaling); ranks are carried over by the batch's mean numbers of ground truths, overlaps and positives an image"
        | ReplayCaveat.BetweenRanks(path, count, below, above) ->
            $"{path} {count} is not recorded; it is taken between {below} and {above}"
        | ReplayCaveat.OtherFloor recorded ->
            $"the errors, and the images that count, were recorded for proposals from dynamic.floorIoU {ConfigValue.floatText recorded} on"
        | ReplayCaveat.ThresholdMoved iteration ->
            $"from iteration {iteration} on the IoU threshold differs from the recorded one, and under Official a proposal below it "
            + "counts with its image's first ground truth"
        | ReplayCaveat.PositivesMoved iteration ->
            $"from iteration {iteration} on the IoU threshold differs from the recorded one, and under MMDetection it decides which "
            + "proposals are sampled as positives"
