namespace DynamicRcnn.Core

open System
open System.Collections.Generic

/// The core for C# callers: static members over records, arrays and read-only lists. Nothing here throws on data.
[<AbstractClass; Sealed>]
type CoreApi =

    /// The state before the first iteration. `environment`: what a bit-exact continuation depends on.
    static member InitialState(config: Config, environment: IReadOnlyList<EnvironmentEntry>) : TrainingState =
        TrainingState.initial config (Seq.toArray environment)

    /// One outcome from the statistics of an iteration (`RawStatistics`); null where an entry was not measured.
    static member Outcome
        (config: DynamicConfig, topIoUs: IReadOnlyList<Nullable<float32>>, lowErrors: IReadOnlyList<Nullable<float32>>)
        : BatchOutcome =
        let entries (values: IReadOnlyList<Nullable<float32>>) =
            values |> Seq.map ValueOption.ofNullable |> Seq.toArray

        ProposalStatistics.outcome config {
            TopIoUs = entries topIoUs
            LowErrors = entries lowErrors
        }

    /// The ranks at which a run records its statistics.
    static member Grid(config: DynamicConfig) : StatisticsGrid = StatisticsGrid.ofConfig config

    /// What an iteration measured, from its raw statistics at every rank of the grid.
    static member Record(config: DynamicConfig, raw: RawGridStatistics) : BatchRecord = GridStatistics.record config raw

    /// The schedule alone, for embedding: the state before the first iteration.
    static member InitialSchedule(config: DynamicConfig) : DynamicState = DynamicTraining.initial config

    /// The schedule alone, for embedding: one iteration.
    static member Step(config: DynamicConfig, state: DynamicState, outcome: BatchOutcome) : DynamicState =
        DynamicTraining.step config state outcome

    /// Outcomes that can be folded before the setting can change: until then statistics may stay on the device.
    static member IterationsUntilUpdate(config: DynamicConfig, state: DynamicState) : int =
        DynamicTraining.iterationsUntilUpdate config state

    /// One iteration with a finite step, or a skipped one.
    static member Advance(config: Config, state: TrainingState, outcome: BatchOutcome) : TrainingState =
        TrainingState.advance config state outcome

    /// One iteration whose optimiser step was left out for a non-finite loss or gradient.
    static member AdvanceNonFinite(config: Config, state: TrainingState, outcome: BatchOutcome) : TrainingState =
        TrainingState.advanceNonFinite config state outcome

    /// The state after an evaluation, with its AP (-1: nothing to measure) and its score thresholds. `categoryIds`: the classes in the
    /// order of the labels.
    static member WithEvaluation
        (state: TrainingState, result: EvaluationResult, categoryIds: IReadOnlyList<int64>)
        : TrainingState =
        TrainingState.withEvaluation state result.AP (CocoEvaluation.thresholds (Seq.toArray categoryIds) result)

    /// The scores with the best F1 of an evaluation. `categoryIds`: the classes in the order of the labels.
    static member ScoreThresholds(result: EvaluationResult, categoryIds: IReadOnlyList<int64>) : ScoreThresholds =
        CocoEvaluation.thresholds (Seq.toArray categoryIds) result

    /// The state whose iteration's evaluation was cut off and is still to be done.
    static member WithEvaluationDue(state: TrainingState) : TrainingState = TrainingState.withEvaluationDue state

    /// Whether the run goes on, and why not.
    static member Status(config: Config, state: TrainingState) : RunStatus = TrainingState.status config state

    /// One sentence about a fault of the schedule.
    static member Describe(fault: ScheduleFault) : string = ProposalStatistics.describeFault fault

    /// Learning rate of the iteration that comes after this state.
    static member LearningRate(config: Config, state: TrainingState) : float =
        TrainingState.learningRate config state 0

    /// Learning rate of a 1-based iteration of which none was skipped.
    static member LearningRateAt(config: SolverConfig, iteration: int) : float = LearningRate.at config iteration

    /// Learning rate of the next iteration once `pending` more than the state's have been executed.
    static member LearningRate(config: Config, state: TrainingState, pending: int) : float =
        TrainingState.learningRate config state pending

    /// Whether a batch that holds an image without boxes is left out.
    static member SkipsImagesWithoutBoxes(config: DynamicConfig) : bool =
        DynamicTraining.skipsImagesWithoutBoxes config

    /// Sentences naming what differs between the recorded and the current environment.
    static member EnvironmentDifferences
        (state: TrainingState, current: IReadOnlyList<EnvironmentEntry>)
        : IReadOnlyList<string> =
        TrainingState.environmentDifferences state (Seq.toArray current)

    /// The text that a checkpoint keeps of a state.
    static member WriteState(state: TrainingState) : string = CheckpointText.write state

    /// The state of such a text.
    static member TryReadState(text: string) : Parsed<TrainingState> =
        CheckpointText.read text
        |> Result.mapError (List.map CheckpointText.describe >> Array.ofList)
        |> Parsed

    /// COCO's evaluation of boxes; boxes of other images and categories are left out.
    static member Evaluate
        (
            groundTruth: IReadOnlyList<EvaluationBox>,
            detections: IReadOnlyList<DetectionBox>,
            categoryIds: IReadOnlyList<int64>,
            imageIds: IReadOnlyList<int64>
        ) : EvaluationResult =
        CocoEvaluation.evaluate (
            Seq.toArray groundTruth,
            Seq.toArray detections,
            Seq.toArray categoryIds,
            Seq.toArray imageIds
        )

    /// COCO's evaluation of a results file against the ground truth it belongs to.
    static member Evaluate(groundTruth: CocoGroundTruth, detections: IReadOnlyList<DetectionBox>) : EvaluationResult =
        CocoEvaluation.evaluate (
            groundTruth.Boxes,
            Seq.toArray detections,
            Array.map (fun (category: CocoCategory) -> category.Id) groundTruth.Categories,
            Array.map (fun (image: CocoImage) -> image.Id) groundTruth.Images
        )

    /// Reads a COCO ground-truth file's text; `fileName` is the name that problems carry.
    static member TryParseGroundTruth(fileName: string, text: string) : Parsed<CocoGroundTruth> =
        CocoResultsText.groundTruth (fileName, text)
        |> Result.mapError (Array.map string)
        |> Parsed

    /// Reads a COCO ground-truth file item by item: `read` hands its items to the reader.
    static member TryReadGroundTruth
        (fileName: string, read: System.Action<CocoResultsText.TruthReader>)
        : Parsed<CocoGroundTruth> =
        let reader = CocoResultsText.TruthReader fileName
        read.Invoke reader
        reader.Finish() |> Result.mapError (Array.map string) |> Parsed

    /// The rectangle (x, y, width, height) around a COCO annotation's outlines, x and y in turns; null where they are fewer than two points.
    static member RectangleAround(outlines: float[]) : float[] | null =
        match CocoPolygons.rectangleAround outlines with
        | ValueSome(struct (x, y, width, height)) -> [| x; y; width; height |]
        | ValueNone -> null

    /// Whether an object can have an area, in square pixels, by COCO's evaluation.
    static member IsArea(area: float) : bool = CocoArea.isOne area

    /// A JSON text in which Python wrote NaN or Infinity, with these words as strings; null where there are none.
    static member QuotePythonNumbers(text: byte[]) : byte[] | null =
        PythonJson.quoteNonFinite text |> ValueOption.toObj

    /// Reads a COCO results file's text against its ground truth; `fileName` is the name that problems carry.
    static member TryParseResults
        (fileName: string, text: string, groundTruth: CocoGroundTruth)
        : Parsed<DetectionBox[]> =
        CocoResultsText.results (fileName, text, groundTruth)
        |> Result.mapError (Array.map string)
        |> Parsed

    /// A long series as at most `most` buckets of neighbours, for a picture.
    static member Buckets(values: IReadOnlyList<float>, most: int) : SeriesBucket[] =
        SeriesReduction.buckets most (Seq.toArray values)

    /// The place in a series of `count` values that stands for each bucket.
    static member BucketPlaces(count: int, most: int) : int[] = SeriesReduction.bucketPlaces most count

    /// At most `most` places of a series of steps that draw it: exactly, where it has so few steps.
    static member Changes(values: IReadOnlyList<float>, most: int) : int[] =
        SeriesReduction.changes most (Seq.toArray values)
