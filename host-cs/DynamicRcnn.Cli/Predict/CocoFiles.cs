using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>
/// Writes a COCO results file with every detection. Images are numbered from 1 and listed in a file beside it, or have the ids of a file of
/// annotations.
/// </summary>
internal sealed class CocoFiles : IPredictionWriter
{
    /// <summary>The results.</summary>
    public const string ResultsName = "coco-results.json";

    /// <summary>The images and classes that they are of.</summary>
    public const string ImagesName = "coco-images.json";

    private readonly string path;
    private readonly IReadOnlyList<ClassName> classes;
    private readonly int boxOffset;
    private readonly AnnotatedIds? ids;
    private readonly GrowingJson results;
    private readonly GrowingJson? images;
    private long lastId;
    private long written;
    private int strangers;
    private long strangeDetections;

    /// <param name="folder">Where the files go.</param>
    /// <param name="classes">The detector's.</param>
    /// <param name="boxOffset">1 where its widths count the last pixel too, else 0.</param>
    /// <param name="ids">Of the annotations; null: the images are numbered.</param>
    /// <exception cref="IOException">The folder does not take the files.</exception>
    public CocoFiles(string folder, IReadOnlyList<ClassName> classes, int boxOffset, AnnotatedIds? ids)
    {
        path = Path.Combine(folder, ResultsName);
        this.classes = classes;
        this.boxOffset = boxOffset;
        this.ids = ids;
        results = new GrowingJson(path);
        images = ids is null ? new GrowingJson(Path.Combine(folder, ImagesName)) : null;
        results.Write(json => json.WriteStartArray());
        images?.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("images");
        });
    }

    /// <inheritdoc/>
    public void Write(SeenPicture seen)
    {
        Prediction prediction = seen.Prediction;
        if ((ids is null ? lastId + 1 : ids.ImageOf(seen.Name)) is not { } id)
        {
            strangers++;
            return;
        }

        lastId = id;
        ImageRecord image = new(id, prediction.File, seen.Name, prediction.Width, prediction.Height, []);
        DetectionBox[] boxes =
        [
            .. prediction
                .Detections.Where(found => NameOf(found) is not null)
                .Select(found => WrittenBox.Of(found, image, NameOf(found)!, boxOffset)),
        ];
        written += boxes.Length;
        strangeDetections += prediction.Detections.Count - boxes.Length;
        results.Write(json =>
        {
            foreach (DetectionBox box in boxes)
            {
                CocoWriter.Detection(json, box);
            }
        });
        images?.Write(json => CocoWriter.Image(json, id, seen.Name, prediction.Size));
    }

    /// <inheritdoc/>
    public string Finish()
    {
        results.Write(json => json.WriteEndArray());
        results.Finish();
        images?.Write(json =>
        {
            json.WriteEndArray();
            json.WriteStartArray("annotations");
            json.WriteEndArray();
            CocoWriter.Categories(json, classes);
            json.WriteEndObject();
        });
        images?.Finish();
        return $"{path}: {Amount.Count(written, "detection")}"
            + (ids is null ? $", whose images {ImagesName} lists" : "")
            + (strangers == 0 ? "" : $"; {Amount.Count(strangers, "image")} left out that the annotations do not list")
            + (
                strangeDetections == 0
                    ? ""
                    : $"; {Amount.Count(strangeDetections, "detection")} left out of classes that they do not list"
            );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        results.Dispose();
        images?.Dispose();
    }

    private ClassName? NameOf(DetectedObject found) =>
        ids is null ? classes[found.Label]
        : ids.CategoryOf(classes[found.Label]) is { } id ? classes[found.Label] with { Id = id }
        : null;
}
