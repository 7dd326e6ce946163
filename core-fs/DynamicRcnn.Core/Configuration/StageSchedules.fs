namespace DynamicRcnn.Core

/// The schedule of each box head of a detector: one, or one for each stage of a cascade.
[<RequireQualifiedAccess>]
module StageSchedules =

    /// The first stage's is the configuration's own. A further one begins at its own IoU and never falls below it; its ceiling leaves
    /// open the same share of the way from there to 1. Rule, counts, window and the bounds of beta are the same in each.
    [<CompiledName "Of">]
    let ofConfig (config: Config) : DynamicConfig[] =
        let own = config.Dynamic
        let share = (1.0 - own.CeilingIoU) / (1.0 - own.FloorIoU)

        let further (iou: float) : DynamicConfig = {
            own with
                InitialIoU = iou
                FloorIoU = iou
                CeilingIoU =
                    if own.CeilingIoU = 1.0 then
                        1.0
                    else
                        max iou (1.0 - share * (1.0 - iou))
        }

        Array.append [| own |] (Array.map further config.Model.Cascade.StageIoUs)
