using System.Text;
using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Reads a COCO annotation file for evaluation: by its ids and as it is, with nothing clipped or left out, and without its images.</summary>
public static class CocoTruth
{
    /// <summary>The detections of a results file, or every problem of it.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static Parsed<DetectionBox[]> ReadResults(string file, CocoGroundTruth truth) =>
        CocoResultsText.Results(file, Encoding.UTF8.GetString(JsonField.ReadBytes(file)), truth);

    private delegate void TakeItem(JsonElement item, string place);

    /// <summary>The ground truth, or every problem of the file.</summary>
    /// <exception cref="DataException">The file cannot be read, is no JSON, or has not COCO's arrays.</exception>
    public static Parsed<CocoGroundTruth> Read(string file)
    {
        CocoDocument document = CocoDocument.Read(file);
        try
        {
            CocoResultsText.TruthReader truth = new(file);
            Take("annotations", truth.Annotation);
            Take("categories", truth.Category);
            Take("images", truth.Image);
            return truth.Finish();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Half of a surrogate pair.
            throw new DataException($"{file}: a text is not valid Unicode; expected whole characters.", error);
        }

        void Take(string name, TakeItem take)
        {
            foreach (JsonField item in document.Items(name))
            {
                take(item.Element, item.Path);
            }
        }
    }
}
