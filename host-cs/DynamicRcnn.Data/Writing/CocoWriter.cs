using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Writes parts of COCO files: of results, which <see cref="CocoTruth.ReadResults"/> reads, and of what they are about.</summary>
internal static class CocoWriter
{
    /// <summary>Beyond them a number is written with all its digits.</summary>
    private const int MostDecimals = 9;

    /// <summary>An item of a results file.</summary>
    internal static void Detection(Utf8JsonWriter json, DetectionBox found)
    {
        json.WriteStartObject();
        json.WriteNumber("image_id", found.ImageId);
        json.WriteNumber("category_id", found.CategoryId);
        json.WriteStartArray("bbox");
        json.WriteNumberValue(found.X);
        json.WriteNumberValue(found.Y);
        json.WriteNumberValue(found.Width);
        json.WriteNumberValue(found.Height);
        json.WriteEndArray();
        json.WriteNumber("score", found.Score);
        json.WriteEndObject();
    }

    /// <summary>An item of <c>images</c>.</summary>
    internal static void Image(Utf8JsonWriter json, long id, string name, ImageSize size)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("file_name", name);
        json.WriteNumber("width", size.Width);
        json.WriteNumber("height", size.Height);
        json.WriteEndObject();
    }

    /// <summary>An item of <c>annotations</c>.</summary>
    internal static void Annotation(Utf8JsonWriter json, long imageId, GroundTruthBox box, long categoryId)
    {
        (double x, double width) = Side(box.X1, box.X2);
        (double y, double height) = Side(box.Y1, box.Y2);
        json.WriteStartObject();
        json.WriteNumber("id", box.AnnotationId);
        json.WriteNumber("image_id", imageId);
        json.WriteNumber("category_id", categoryId);
        json.WriteStartArray("bbox");
        json.WriteNumberValue(x);
        json.WriteNumberValue(y);
        json.WriteNumberValue(width);
        json.WriteNumberValue(height);
        json.WriteEndArray();
        json.WriteNumber("area", box.Area);
        json.WriteNumber("iscrowd", box.Crowd ? 1 : 0);
        if (box.Difficult)
        {
            json.WriteNumber("difficult", 1);
        }
        json.WriteEndObject();
    }

    /// <summary>The <c>categories</c>.</summary>
    internal static void Categories(Utf8JsonWriter json, IEnumerable<ClassName> classes)
    {
        json.WriteStartArray("categories");
        foreach (ClassName name in classes)
        {
            json.WriteStartObject();
            json.WriteNumber("id", name.Id);
            json.WriteString("name", name.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>The fewest decimals that give the same edges when they are read.</summary>
    private static (double From, double Length) Side(float from, float to)
    {
        double length = (double)to - from;
        for (int decimals = 0; decimals < MostDecimals; decimals++)
        {
            double shortFrom = Math.Round(from, decimals);
            double shortLength = Math.Round(length, decimals);
            if ((float)shortFrom == from && (float)(shortFrom + shortLength) == to)
            {
                return (shortFrom, shortLength);
            }
        }
        return (from, length);
    }
}
