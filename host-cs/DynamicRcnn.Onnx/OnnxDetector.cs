using System.Globalization;
using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DynamicRcnn.Onnx;

/// <summary>A detector from a file that <c>drcnn export</c> wrote, run by ONNX Runtime on the CPU. It owns a session of ONNX Runtime until it is disposed of.</summary>
public sealed class OnnxDetector : IObjectDetector
{
    private static readonly string[] Inputs = ["image"];
    private static readonly string[] Outputs = ["boxes", "labels", "scores"];

    private readonly InferenceSession session;
    private readonly float score;
    private volatile bool disposed;

    private OnnxDetector(InferenceSession session, IReadOnlyList<ClassName> classes, float score, long maxPixels)
    {
        MaxPixels = maxPixels;
        this.session = session;
        this.score = score;
        Classes = classes;
        ScoreThresholds = OnnxMetadata.ReadThresholds(session.ModelMetadata.CustomMetadataMap);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ClassName> Classes { get; }

    /// <inheritdoc/>
    public ScoreThresholds? ScoreThresholds { get; }

    /// <summary>What the file says of itself, such as <c>preset</c>, <c>iteration</c> and <c>ap</c> (docs/onnx.md).</summary>
    public IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    /// <summary>Added to widths and heights by the profile that the detector was trained with: 1 or 0.</summary>
    public int BoxOffset =>
        Metadata.TryGetValue(OnnxMetadata.BoxOffset, out string? text)
        && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int offset)
            ? offset
            : 0;

    /// <summary>The detector of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads that compute for each call; 0: one for each core.</param>
    /// <param name="scoreThreshold">Detections with this score or less are left out; null: those that the file leaves out.</param>
    /// <param name="maxPixels">Files of pictures with more pixels are refused.</param>
    /// <exception cref="RunException">The file cannot be read, or is no file of a detector that gives detections of a picture with such scores.</exception>
    public static OnnxDetector Load(
        string path,
        int threads = 0,
        double? scoreThreshold = null,
        long maxPixels = ImageCodec.DefaultMaxPixels
    )
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPixels);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (scoreThreshold is { } least && least is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(scoreThreshold), least, "expected 0 to below 1");
        }
        InferenceSession session = Open(path, threads);
        try
        {
            Dictionary<string, string> metadata = session.ModelMetadata.CustomMetadataMap;
            return new OnnxDetector(
                session,
                ClassesOf(path, metadata),
                ScoreOf(path, metadata, scoreThreshold),
                maxPixels
            );
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long MaxPixels { get; }

    /// <inheritdoc/>
    /// <exception cref="RunException">ONNX Runtime failed on the picture.</exception>
    public IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellation.ThrowIfCancellationRequested();
        using RunOptions options = new();
        using CancellationTokenRegistration registration = cancellation.Register(() => options.Terminate = true);
        try
        {
            return Run(image, options);
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OnnxRuntimeException error)
        {
            throw new RunException(
                $"ONNX Runtime failed on a picture of {image.Width} x {image.Height} pixels: {Clause(error)}.",
                error,
                RunFault.Run
            );
        }
    }

    /// <summary>The objects in each of several images, in their order, to the bit those of single ones: the file looks at one image at a time.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        IReadOnlyList<RgbImage> images,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        return [.. images.Select(image => Detect(image, cancellation))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        session.Dispose();
    }

    private List<DetectedObject> Run(RgbImage image, RunOptions options)
    {
        using OrtValue pixels = OrtValue.CreateTensorValueFromMemory(image.Pixels, [image.Height, image.Width, 3]);
        using IDisposableReadOnlyCollection<OrtValue> found = session.Run(options, Inputs, [pixels], Outputs);
        ReadOnlySpan<float> boxes = found[0].GetTensorDataAsSpan<float>();
        ReadOnlySpan<long> labels = found[1].GetTensorDataAsSpan<long>();
        ReadOnlySpan<float> scores = found[2].GetTensorDataAsSpan<float>();
        List<DetectedObject> objects = [];
        for (int i = 0; i < scores.Length && scores[i] > score; i++)
        {
            ReadOnlySpan<float> box = boxes.Slice(4 * i, 4);
            int label = (int)labels[i];
            objects.Add(new DetectedObject(box[0], box[1], box[2], box[3], label, scores[i], Classes[label].Name));
        }
        return objects;
    }

    private static string Clause(OnnxRuntimeException error) => error.Message.ReplaceLineEndings(" ").TrimEnd('.');

    private static InferenceSession Open(string path, int threads)
    {
        if (!File.Exists(path))
        {
            throw new RunException($"{path}: there is no such file; expected an ONNX file that drcnn export wrote.");
        }
        using SessionOptions settings = new()
        {
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle threads sleep, so that detectors beside each other do not take each other's cores.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException error)
        {
            throw new RunException($"{path}: ONNX Runtime cannot load the file: {Clause(error)}.", error);
        }
    }

    private static float ScoreOf(string path, Dictionary<string, string> metadata, double? wanted)
    {
        if (wanted is not { } least)
        {
            return float.NegativeInfinity;
        }
        string own = metadata.GetValueOrDefault(OnnxMetadata.ScoreThreshold, "0");
        return double.TryParse(own, CultureInfo.InvariantCulture, out double lowest) && least < lowest
            ? throw new RunException(
                $"{path}: the score threshold is {least.ToString(CultureInfo.InvariantCulture)}, but the file finds nothing with a score of {own} or less; export it with --set model.roiHead.scoreThreshold={least.ToString(CultureInfo.InvariantCulture)}.",
                RunFault.Request
            )
            : (float)least;
    }

    private static IReadOnlyList<ClassName> ClassesOf(string path, Dictionary<string, string> metadata)
    {
        string? input = metadata.GetValueOrDefault(OnnxMetadata.Input);
        string? output = metadata.GetValueOrDefault(OnnxMetadata.Output);
        if (input != OnnxMetadata.Picture || output != OnnxMetadata.Detections)
        {
            string found =
                input is null || output is null
                    ? "it does not say what it is given and gives"
                    : $"its input is '{input}' and its output '{output}'";
            throw new RunException(
                $"{path}: {found}; expected a file of drcnn export without --input float and without --raw."
            );
        }
        try
        {
            return OnnxMetadata.Read(metadata.GetValueOrDefault(OnnxMetadata.Classes) ?? "");
        }
        catch (JsonException error)
        {
            throw new RunException(
                $"{path}: the property '{OnnxMetadata.Classes}' of the file is no list of classes: {error.Message.TrimEnd('.')}.",
                error
            );
        }
    }
}
