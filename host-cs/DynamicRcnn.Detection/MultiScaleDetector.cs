using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Detection;

// Letters: N images, P proposals, M class boxes of one pass.

/// <summary>
/// A detector that looks at each image several times and merges what it sees. Official: the class boxes of all passes go through one
/// threshold, suppression and cap; no box voting, no averages. MMDetection: the passes share merged proposals, and the head's boxes
/// and scores of a proposal are averaged. One pass is a plain test, to the bit.
/// </summary>
public sealed class MultiScaleDetector
{
    private readonly Detector detector;
    private readonly ModelConfig model;
    private readonly bool averages;
    private readonly SoftNms? softNms;

    /// <param name="detector">It stays the caller's.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="evaluation">How to merge and suppress.</param>
    public MultiScaleDetector(Detector detector, ModelConfig model, EvaluationConfig evaluation)
    {
        this.detector = detector;
        this.model = model;
        averages = evaluation.Testing.Kind.IsMMDetection;
        softNms = SoftNms.Of(evaluation.SoftNms, model);
    }

    /// <summary>The objects in the images, in pixels of the merged frame. Call it inside <c>torch.no_grad()</c>.</summary>
    /// <param name="views">At least one; the result depends on their order in rounding and ties alone.</param>
    /// <param name="cancellation">Looked at between the parts of the network.</param>
    /// <exception cref="OperationCanceledException">It was cut off.</exception>
    public Detections detect(IReadOnlyList<TestView> views, CancellationToken cancellation = default)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        bool shared = averages && views.Count > 1;
        ClassBoxes found = shared ? Averaged(views, cancellation) : Concatenated(views, cancellation);
        // Averages are in the image's own pixels already, all else in those of the first pass.
        Detections detections = detector.Select(found, softNms, shared ? null : views[0].Input.Scales);
        return new Detections(
            scope.MoveToOuter(detections.Boxes),
            scope.MoveToOuter(detections.Scores),
            scope.MoveToOuter(detections.Labels),
            scope.MoveToOuter(detections.Valid)
        );
    }

    /// <summary>The class boxes of all passes behind each other.</summary>
    private ClassBoxes Concatenated(IReadOnlyList<TestView> views, CancellationToken cancellation)
    {
        List<ClassBoxes> passes = [];
        foreach (TestView view in views)
        {
            // The features of a pass go before the next one comes.
            using DisposeScope scope = torch.NewDisposeScope();
            cancellation.ThrowIfCancellationRequested();
            Tensor[] features = detector.Features(view.Input);
            cancellation.ThrowIfCancellationRequested();
            ClassBoxes found = InFrame(view, features, detector.Propose(features, view.Input));
            passes.Add(
                new ClassBoxes(
                    scope.MoveToOuter(found.Boxes),
                    scope.MoveToOuter(found.Scores),
                    scope.MoveToOuter(found.Valid)
                )
            );
        }
        return new ClassBoxes(
            torch.cat([.. passes.Select(pass => pass.Boxes)], 1),
            torch.cat([.. passes.Select(pass => pass.Scores)], 1),
            torch.cat([.. passes.Select(pass => pass.Valid)], 1)
        );
    }

    /// <summary>The means over the passes for shared proposals. The features of all passes are kept meanwhile.</summary>
    private ClassBoxes Averaged(IReadOnlyList<TestView> views, CancellationToken cancellation)
    {
        Tensor[][] features =
        [
            .. views.Select(view =>
            {
                cancellation.ThrowIfCancellationRequested();
                return detector.Features(view.Input);
            }),
        ];
        cancellation.ThrowIfCancellationRequested();
        Proposals shared = Merged([
            .. views.Select(
                (view, pass) =>
                {
                    Proposals own = detector.Propose(features[pass], view.Input);
                    return own with { Boxes = view.ToFrame(own.Boxes, model.Conventions.BoxOffset) };
                }
            ),
        ]);
        ClassBoxes[] passes =
        [
            .. views.Select(
                (view, pass) =>
                    InFrame(
                        view,
                        features[pass],
                        shared with
                        {
                            Boxes = view.FromFrame(shared.Boxes, model.Conventions.BoxOffset),
                        }
                    )
            ),
        ];
        return Mean(passes);
    }

    /// <summary>The means of what the passes say about the same proposals.</summary>
    internal static ClassBoxes Mean(ClassBoxes[] passes) =>
        new(
            torch.stack([.. passes.Select(pass => pass.Boxes)], 0).mean([0]),
            torch.stack([.. passes.Select(pass => pass.Scores)], 0).mean([0]),
            passes[0].Valid
        );

    /// <summary>The best proposals of all passes: suppression among them in each image, then as many as one pass gives.</summary>
    internal Proposals Merged(Proposals[] passes)
    {
        Tensor boxes = torch.cat([.. passes.Select(pass => pass.Boxes)], 1); // [N, passes * P, 4]
        Tensor logits = torch.cat([.. passes.Select(pass => pass.Logits)], 1);
        Tensor valid = torch.cat([.. passes.Select(pass => pass.Valid)], 1);
        Tensor image = torch.arange(boxes.shape[0], ScalarType.Int64, boxes.device).unsqueeze(1).expand(valid.shape);
        Tensor kept = ops.nms_keep(
                boxes.view(-1, 4),
                logits.view(-1),
                image.masked_fill(valid.logical_not(), -1).view(-1),
                model.Rpn.NmsIoU,
                model.Conventions.BoxOffset,
                model.Conventions.SuppressEqual
            )
            .view(valid.shape);
        int wanted = (int)Math.Min(model.Rpn.PostNmsTest, valid.shape[1]);
        (Tensor best, Tensor rows) = logits.masked_fill(kept.logical_not(), double.NegativeInfinity).topk(wanted, 1);
        return new Proposals(BoxGeometry.Take(boxes, rows), best > double.NegativeInfinity, best);
    }

    private ClassBoxes InFrame(TestView view, Tensor[] features, Proposals proposals)
    {
        ClassBoxes found = detector.Describe(features, proposals, view.Input);
        return found with { Boxes = view.ToFrame(found.Boxes, model.Conventions.BoxOffset) };
    }
}
