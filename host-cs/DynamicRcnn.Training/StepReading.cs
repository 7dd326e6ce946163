namespace DynamicRcnn.Training;

/// <summary>When the host reads what its steps made, which is when it waits for the device.</summary>
public enum StepReading
{
    /// <summary>After each step. For a CPU, where there is nothing to wait for: it applies a step in place once it knows that it may.</summary>
    EachStep,

    /// <summary>
    /// At the end of an update window, and before evaluations and checkpoints. In between the device itself leaves out a step that is not
    /// finite: new weights, momentum and averages are computed beside the old ones and chosen or not. Rows of ground truth are padded to a
    /// bucket, so that steps of one image size mostly have the same shapes.
    /// </summary>
    EachWindow,
}

/// <summary>When the numbers of steps are read.</summary>
public static class StepReadings
{
    /// <summary>At the end of a window where the host would have to wait for the device.</summary>
    public static StepReading On(torch.Device device) =>
        DevicePath.IsHost(device.type) ? StepReading.EachStep : StepReading.EachWindow;
}
