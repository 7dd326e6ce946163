using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Detection;

/// <summary>What an ONNX file is given and gives.</summary>
/// <param name="FromTensor">A normalised tensor, float [1, 3, H, W], instead of a picture's bytes, uint8 [H, W, 3].</param>
/// <param name="Raw">All boxes and scores of the proposals instead of detections.</param>
public sealed record OnnxForm(bool FromTensor = false, bool Raw = false);

/// <summary>Writes a detector as an ONNX file: everything that it does with a picture, from bytes to boxes.</summary>
public static class OnnxExport
{
    /// <param name="stream">Written to.</param>
    /// <param name="detector">On any device; the file has its float32 weights.</param>
    /// <param name="form">What the file is given and gives.</param>
    /// <param name="file">Where the detector was read, for what the file says of its origin; null: nothing.</param>
    /// <exception cref="RunException">The configuration asks for what a file cannot do.</exception>
    public static void Write(Stream stream, TrainedDetector detector, OnnxForm form, DetectorFile? file = null)
    {
        Require(detector.Config);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        string version = typeof(OnnxExport).Assembly.GetName().Version?.ToString(3) ?? "";
        OnnxFile.Write(stream, GraphOf(detector, form), version, ExportMetadata.Of(detector, form, file));
    }

    /// <exception cref="RunException">The configuration asks for what a file cannot do.</exception>
    private static void Require(Config config)
    {
        string? reason =
            !config.Evaluation.SoftNms.Kind.IsNone
                ? $"evaluation.softNms.kind is {config.Evaluation.SoftNms.Kind}, and ONNX has no soft-NMS; expected None"
            : !config.Evaluation.Testing.Kind.IsNone
                ? $"evaluation.testing.kind is {config.Evaluation.Testing.Kind}, and a file looks at a picture once; expected None"
            : null;
        if (reason is not null)
        {
            throw new RunException($"export: {reason}.", RunFault.Request);
        }
    }

    private static OnnxGraph GraphOf(TrainedDetector detector, OnnxForm form)
    {
        ModelConfig model = detector.Config.Model;
        int classCount = detector.Classes.Count;
        Dictionary<string, Tensor> weights = detector
            .Detector.state_dict()
            .ToDictionary(entry => entry.Key, entry => entry.Value.cpu());
        OnnxGraph graph = new();
        LayerGraph layers = new(graph, weights, model.Backbone);
        NetworkInput input = form.FromTensor
            ? InputGraph.OfTensor(graph, detector.Config.Data)
            : InputGraph.OfPicture(graph, detector.Config.Data, model.Backbone);
        OnnxValue[] stages = BackboneGraph.Stages(layers, input.Image, model.Backbone);
        IReadOnlyList<OnnxValue> levels = BackboneGraph.Pyramid(layers, stages, model.Fpn);
        OnnxValue proposals = ProposalGraph.Of(layers, levels, input, model);
        HeadBoxes found = BoxHeadGraph.Of(layers, levels, proposals, input, model, classCount);
        if (form.Raw)
        {
            SelectionGraph.AddRaw(graph, found, input, classCount);
        }
        else
        {
            SelectionGraph.Add(graph, found, input, model, detector.Config.Evaluation.SuppressAcrossClasses);
        }
        return graph;
    }
}
