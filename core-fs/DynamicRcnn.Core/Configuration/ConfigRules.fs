namespace DynamicRcnn.Core

/// Checks of a whole configuration.
[<RequireQualifiedAccess>]
module ConfigRules =

    /// The error when the relation between fields does not hold.
    let private need (holds: bool) (path: string) (got: string) (allowed: string) : ConfigError list =
        if holds then
            []
        else
            [ ConfigError.notAllowed path got allowed ]

    /// `low` at most `high`, both named.
    let private ordered (lowPath: string) (low: float) (highPath: string) (high: float) : ConfigError list =
        let number = ConfigValue.floatText
        need (low <= high) lowPath (number low) $"at most {highPath} ({number high})"

    let private dataRules (data: DataConfig) : ConfigError list =
        ordered "data.shortSides" (float (Array.fold max 0 data.ShortSides)) "data.maxSide" data.MaxSide
        @ ordered "data.evaluationShortSide" data.EvaluationShortSide "data.evaluationMaxSide" data.EvaluationMaxSide

    let private deformableRules (backbone: BackboneConfig) : ConfigError list =
        let stages = backbone.DeformableStages
        let first, last = Array.fold min 4 stages, Array.fold max 0 stages
        let channels = backbone.StemChannels * pown 2 (max first 1 - 1)

        need
            (stages.Length = 0 || backbone.Depth >= 50 && last <= backbone.LastStage)
            "model.backbone.deformableStages"
            (ConfigValue.text (ConfigValue.Ints(List.ofArray stages)))
            (if backbone.Depth >= 50 then
                 $"at most {backbone.LastStage}, the last stage (model.backbone.lastStage)"
             else
                 $"none, for a ResNet-{backbone.Depth} has no bottlenecks")
        @ need
            (stages.Length = 0
             || backbone.OffsetGroups < 1
             || channels % backbone.OffsetGroups = 0)
            "model.backbone.offsetGroups"
            (string backbone.OffsetGroups)
            $"a divisor of {channels}, the channels of the 3x3 convolutions of stage {first}"

    let private modelRules (model: ModelConfig) : ConfigError list =
        let backbone, rpn = model.Backbone, model.Rpn
        let parts = backbone.LastStage + 1
        let hasBottlenecks = backbone.Depth >= 50

        need
            (not backbone.StrideIn1x1 || hasBottlenecks)
            "model.backbone.strideIn1x1"
            "true"
            $"false, for a ResNet-{backbone.Depth} has no 1x1 convolutions to stride in"
        @ need
            (backbone.FrozenStages <= parts)
            "model.backbone.frozenStages"
            (string backbone.FrozenStages)
            $"at most {parts}: the stem and {backbone.LastStage} stages (model.backbone.lastStage)"
        @ deformableRules backbone
        @ need
            (model.Fpn.FirstLevel <= parts)
            "model.fpn.firstLevel"
            (string model.Fpn.FirstLevel)
            $"at most {parts}, the level of the last stage (model.backbone.lastStage)"
        @ ordered "model.rpn.negativeIoU" rpn.NegativeIoU "model.rpn.positiveIoU" rpn.PositiveIoU
        @ ordered "model.rpn.minimumPositiveIoU" rpn.MinimumPositiveIoU "model.rpn.positiveIoU" rpn.PositiveIoU

    /// Lists of one length, and a rank that a further stage's own boxes can reach.
    let private cascadeRules (model: ModelConfig) (dynamic: DynamicConfig) : ConfigError list =
        let cascade, positives = model.Cascade, model.RoIHead.MostPositives
        let stages = cascade.StageIoUs.Length

        let list (name: string) (values: float[]) (length: int) =
            need
                (values.Length = length)
                $"model.cascade.{name}"
                (ConfigValue.text (ConfigValue.Floats(List.ofArray values)))
                $"{length} values, for model.cascade.stageIoUs names {stages}"

        /// Under the other scalings K is no rank.
        let isRank =
            dynamic.RankScaling = RankScaling.Constant
            || dynamic.RankScaling = RankScaling.LessGroundTruths

        need
            (stages < 8)
            "model.cascade.stageIoUs"
            $"{stages} values"
            "at most 7, for a cascade has at most 8 box heads"
        @ need
            (stages = 0 || not model.Conventions.BackgroundFirst)
            "model.conventions.backgroundFirst"
            "true"
            "false in a cascade, as in the files of MMDetection and Detectron2"
        @ list "boxCoderStd" cascade.BoxCoderStd (4 * stages)
        @ list "lossWeights" cascade.LossWeights stages
        @ need
            (stages = 0
             || not dynamic.MoveThreshold
             || not isRank
             || dynamic.TopIoUCount <= positives)
            "dynamic.topIoUCount"
            (string dynamic.TopIoUCount)
            $"at most {positives} in a cascade, the positives of an image that a stage hands on (model.roiHead.roIsPerImage x positiveFraction)"

    let private dynamicRules (dynamic: DynamicConfig) : ConfigError list =
        let bounded = dynamic.Rule = StatisticsRule.ProposalsOnly

        ordered "dynamic.floorIoU" dynamic.FloorIoU "dynamic.ceilingIoU" dynamic.CeilingIoU
        @ ordered "dynamic.minimumBeta" dynamic.MinimumBeta "dynamic.initialBeta" dynamic.InitialBeta
        @ need
            (not bounded || dynamic.MinimumBeta > 0.0)
            "dynamic.minimumBeta"
            (ConfigValue.floatText dynamic.MinimumBeta)
            "more than 0 under the rule ProposalsOnly"
        @ need
            (bounded || dynamic.RankScaling = RankScaling.Constant)
            "dynamic.rankScaling"
            (string dynamic.RankScaling)
            $"Constant under the rule {dynamic.Rule}"
        @ List.collect
            (fun (path, count: int) ->
                need
                    (dynamic.RankScaling <> RankScaling.PerPositive || count <= 100)
                    path
                    (string count)
                    "at most 100, hundredths of the positives (dynamic.rankScaling is PerPositive)")
            [
                "dynamic.topIoUCount", dynamic.TopIoUCount
                "dynamic.lowErrorCount", dynamic.LowErrorCount
            ]
        @ (if dynamic.MoveThreshold then
               ordered "dynamic.floorIoU" dynamic.FloorIoU "dynamic.initialIoU" dynamic.InitialIoU
           else
               [])
        @ (if dynamic.MoveThreshold && bounded then
               ordered "dynamic.initialIoU" dynamic.InitialIoU "dynamic.ceilingIoU" dynamic.CeilingIoU
           else
               [])

    let private testingRules (testing: TestingConfig) : ConfigError list =
        let scales, bounds = List.ofArray testing.Scales, List.ofArray testing.MaxSides

        let path, got =
            "evaluation.testing.maxSides", ConfigValue.text (ConfigValue.Ints bounds)

        let atLeastScales = "at least the short sides (evaluation.testing.scales)"

        match bounds with
        | [] -> [] // That is an error of the value alone.
        | [ bound ] -> need (scales |> List.forall (fun scale -> scale <= bound)) path got atLeastScales
        | bounds when bounds.Length = scales.Length -> need (List.forall2 (<=) scales bounds) path got atLeastScales
        | _ -> need false path got $"one value, or one for each of evaluation.testing.scales ({scales.Length})"

    /// AdamW moves each weight by about the learning rate in a step, so SGD's rates would destroy pretrained ones.
    let private largestAdamWRate = 0.002

    let private trainingRules (config: Config) : ConfigError list =
        let solver, loss = config.Solver, config.Model.RoIHead.BoxLoss

        need
            (loss = BoxLoss.SmoothL1 || not config.Dynamic.MoveBeta)
            "dynamic.moveBeta"
            "true"
            $"false, for the loss {loss} has no beta (model.roiHead.boxLoss)"
        @ need
            (solver.Optimizer = OptimizerKind.Sgd
             || solver.BaseLearningRate <= largestAdamWRate)
            "solver.baseLearningRate"
            (ConfigValue.floatText solver.BaseLearningRate)
            $"at most {ConfigValue.floatText largestAdamWRate} under AdamW (solver.optimizer), which moves every weight by about the rate in a step"

    let private stepRules (config: Config) : ConfigError list =
        let images, steps = config.Data.ImagesPerStep, config.Solver.AccumulationSteps

        need
            (steps < 1 || images % steps = 0)
            "data.imagesPerStep"
            (string images)
            $"a multiple of solver.accumulationSteps ({steps})"

    /// Everything that is wrong with a configuration: each value on its own, then the relations between values.
    [<CompiledName "Errors">]
    let errors (config: Config) : ConfigError list =
        List.concat [
            ConfigFields.all |> List.collect (ConfigFields.check config)
            dataRules config.Data
            modelRules config.Model
            dynamicRules config.Dynamic
            cascadeRules config.Model config.Dynamic
            testingRules config.Evaluation.Testing
            stepRules config
            trainingRules config
        ]

    /// What a valid configuration lacks for training: a data set, weights where layers are frozen.
    [<CompiledName "TrainingErrors">]
    let trainingErrors (config: Config) : ConfigError list =
        let backbone = config.Model.Backbone

        need (config.Data.Path <> "" || config.Data.Train <> "") "data.path" "nothing" "a data set (--data PATH)"
        @ need
            (backbone.FrozenStages = 0 || backbone.Weights <> "")
            "model.backbone.weights"
            "nothing"
            $"a file with weights (--weights FILE), for frozen layers never learn (model.backbone.frozenStages is {backbone.FrozenStages})"
