using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training;

/// <summary>What a run trains and what trains it: the detector, the optimiser, the average of its weights, and the steps.</summary>
internal sealed class TrainedParts : IDisposable
{
    private readonly StepSharing sharing;

    /// <param name="detector">Already on its device, with the weights that it starts from.</param>
    /// <param name="config">Of the run.</param>
    /// <param name="group">The processes that share each step.</param>
    /// <param name="reading">When the numbers of steps are read.</param>
    internal TrainedParts(Detector detector, Config config, ProcessGroup group, StepReading reading)
    {
        Detector = detector;
        (string, Parameter)[] trained =
        [
            .. detector
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, entry.parameter)),
        ];
        Optimizer = Optimizer.Of(trained, config.Solver, reading);
        Average = config.Solver.EmaDecay > 0 ? new WeightAverage(trained, config.Solver.EmaDecay, reading) : null;
        sharing = new StepSharing(group, detector);
        Window = new StepWindow(config, new TrainStep(detector, Optimizer, config, sharing), Average, reading);
    }

    internal Detector Detector { get; }

    internal Optimizer Optimizer { get; }

    /// <summary>Null: weights are not averaged.</summary>
    internal WeightAverage? Average { get; }

    /// <summary>The iterations whose numbers have not been read.</summary>
    internal StepWindow Window { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Window.Dispose();
        sharing.Dispose();
        Average?.Dispose();
        Optimizer.Dispose();
        Detector.Dispose();
    }
}
