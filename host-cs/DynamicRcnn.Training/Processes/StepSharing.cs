using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training;

/// <summary>
/// What the processes of a job settle with each other in a step, so that it is the step that one process would make with all their images:
/// padding, the numbers that losses are divided by, gradients, and what the step measured. One that trains alone settles it with itself.
/// </summary>
public sealed class StepSharing : IDisposable
{
    private const long BucketBytes = 25L << 20;
    private readonly ProcessGroup group;
    private readonly GradientBuckets buckets;

    /// <param name="group">The processes.</param>
    /// <param name="detector">What is trained; it must outlive this object.</param>
    public StepSharing(ProcessGroup group, Detector detector)
    {
        this.group = group;
        torch.Tensor[] trained = [.. detector.parameters().Where(parameter => parameter.requires_grad)];
        buckets = new GradientBuckets(group, trained, BucketBytes);
    }

    /// <summary>Pads the passes of a step as those of all processes together would be.</summary>
    internal IReadOnlyList<PaddedPass> Pad(IReadOnlyList<ImageBatch> passes)
    {
        long[] own = [.. passes.SelectMany(pass => new long[] { pass.Height, pass.Width, PaddedPass.MostBoxes(pass) })];
        IReadOnlyList<long[]> all = group.Gather(own);
        int Largest(int place) => (int)all.Max(sizes => sizes[place]);
        return
        [
            .. passes.Select(
                (pass, index) =>
                    new PaddedPass(
                        pass.PaddedTo(Largest(3 * index), Largest((3 * index) + 1)),
                        Largest((3 * index) + 2)
                    )
            ),
        ];
    }

    /// <summary>This process's share of the losses of a pass.</summary>
    internal Losses Share(TrainingOutput output)
    {
        torch.Tensor counts = torch.stack([output.Rpn.Count, .. output.Stages.Select(stage => stage.RoIs.Count)]); // int64
        torch.Tensor sums = counts.to(torch.ScalarType.Float64); // what can be added up, and exact
        group.Sum(sums);
        sums = sums.to(counts.dtype);
        return output.LossesOver(sums.select(0, 0), [.. output.Stages.Select((_, stage) => sums.select(0, 1 + stage))]);
    }

    /// <summary>Adds up the gradients of a step, after its last backward.</summary>
    internal void SumGradients() => buckets.Sum();

    /// <summary>The numbers of each pass, over all images of all processes in their order.</summary>
    internal IReadOnlyList<PassNumbers> Join(IReadOnlyList<PassNumbers> passes)
    {
        IReadOnlyList<double[]> all = group.Gather([.. passes.SelectMany(pass => pass.Flat())]);
        List<PassNumbers> joined = [];
        int start = 0;
        foreach (PassNumbers pass in passes)
        {
            int length = pass.Length;
            joined.Add(PassNumbers.Join([.. all.Select(row => pass.Read(row.AsSpan(start, length)))]));
            start += length;
        }
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose() => buckets.Dispose();
}
