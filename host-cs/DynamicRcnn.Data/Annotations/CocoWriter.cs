using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Writes parts of COCO files: of results, which <see cref="CocoTruth.ReadResults"/> reads, and of what they are about.</summary>
internal static class CocoWriter
{
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

    /// <summary>No <c>annotations</c>, and the <c>categories</c>.</summary>
    internal static void Categories(Utf8JsonWriter json, IEnumerable<ClassName> classes)
    {
        json.WriteStartArray("annotations");
        json.WriteEndArray();
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
}
