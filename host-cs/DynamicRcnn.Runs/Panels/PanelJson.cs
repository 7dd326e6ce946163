using System.Text.Json;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>
/// The files of the panel. panel/images.json: the classes and, for each image, id, file, sizes, picture and <c>boxes</c>
/// [x1, y1, x2, y2, class, crowd]; evaluation/iteration-N.panel.json: <c>images</c>, for each a list of [x1, y1, x2, y2, class, score].
/// Boxes are in original pixels, classes are places in the list of classes.
/// </summary>
public static class PanelJson
{
    private const int PixelDigits = 1;
    private const int ScoreDigits = 4;
    private const int BoxLength = 6;

    /// <summary>The panel of a run; null when it has none.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    public static Panel? Read(RunFolder folder) =>
        !File.Exists(folder.PanelImagesPath)
            ? null
            : Read<PanelFile, Panel>(
                folder.PanelImagesPath,
                file => new Panel(
                    file.Classes,
                    [.. file.Images.Select(image => Image(image ?? throw new FormatException("an image is null")))]
                )
            );

    /// <summary>What an evaluation found in the panel.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    public static PanelEvaluation ReadEvaluation(string path) =>
        Read<DetectionsFile, PanelEvaluation>(
            path,
            file => new PanelEvaluation(file.Iteration, [.. file.Images.Select(image => Detections(image ?? []))])
        );

    internal static void Write(RunFolder folder, Panel panel) =>
        Write(folder.PanelImagesPath, new PanelFile(panel.Classes, [.. panel.Images.Select(OfImage)]));

    internal static void Write(RunFolder folder, PanelEvaluation evaluation) =>
        Write(
            folder.PanelOf(evaluation.Iteration),
            new DetectionsFile(
                evaluation.Iteration,
                [
                    .. evaluation.Images.Select(image =>
                        image
                            .Select(box =>
                                Box(box.X1, box.Y1, box.X2, box.Y2, box.Label, Math.Round(box.Score, ScoreDigits))
                            )
                            .ToArray()
                    ),
                ]
            )
        );

    /// <summary>panel/images.json.</summary>
    private sealed record PanelFile(IReadOnlyList<string> Classes, ImageFile[] Images);

    private sealed record ImageFile(
        long Id,
        string File,
        int Width,
        int Height,
        int WrittenWidth,
        int WrittenHeight,
        string Picture,
        double[][] Boxes
    );

    /// <summary>evaluation/iteration-N.panel.json.</summary>
    private sealed record DetectionsFile(int Iteration, double[][][] Images);

    private static readonly JsonSerializerOptions options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static void Write<T>(string path, T file) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, file, options));

    private static ImageFile OfImage(PanelImage image) =>
        new(
            image.Id,
            image.File,
            image.Size.Width,
            image.Size.Height,
            image.WrittenSize.Width,
            image.WrittenSize.Height,
            image.Picture,
            [.. image.Boxes.Select(box => Box(box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Crowd ? 1 : 0))]
        );

    private static double[] Box(float x1, float y1, float x2, float y2, int label, double last) =>
        [Rounded(x1), Rounded(y1), Rounded(x2), Rounded(y2), label, last];

    private static double Rounded(double coordinate) => Math.Round(coordinate, PixelDigits);

    private static PanelImage Image(ImageFile image) =>
        new(
            image.Id,
            image.File,
            new ImageSize(image.Width, image.Height),
            new ImageSize(image.WrittenWidth, image.WrittenHeight),
            PlainName(image.Picture),
            [
                .. image
                    .Boxes.Select(Numbers)
                    .Select(box => new PanelTruth(box[0], box[1], box[2], box[3], (int)box[4], box[5] > 0)),
            ]
        );

    // A run's folder may come from somebody else: its panel must not lead to files outside.
    private static string PlainName(string picture) =>
        picture.Length > 0 && picture == Path.GetFileName(picture) && picture is not ("." or "..")
            ? picture
            : throw new FormatException($"the picture '{picture}' is no plain file name");

    private static IReadOnlyList<DetectedObject> Detections(double[][] image) =>
        [
            .. image
                .Select(Numbers)
                .Select(box => new DetectedObject(box[0], box[1], box[2], box[3], (int)box[4], box[5])),
        ];

    private static float[] Numbers(double[]? box) =>
        box is { Length: BoxLength }
            ? Array.ConvertAll(box, number => (float)number)
            : throw new FormatException($"a box has {box?.Length ?? 0} numbers, expected {BoxLength}");

    private static TResult Read<TFile, TResult>(string path, Func<TFile, TResult> take)
    {
        try
        {
            return JsonSerializer.Deserialize<TFile>(File.ReadAllBytes(path), options) is { } file
                ? take(file)
                : throw new FormatException("the file holds null");
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new RunException($"{path}: expected a file of the run's panel: {error.Message.TrimEnd('.')}.");
        }
    }
}
