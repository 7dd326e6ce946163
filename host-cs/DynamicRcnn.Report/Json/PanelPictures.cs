using System.Text.Json;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>The panels of all runs. Pictures that runs share are kept once.</summary>
internal sealed class PanelPictures
{
    private const int Lost = -1;
    private readonly Dictionary<string, int> places = [];
    private readonly List<string> pictures = [];

    /// <summary>The images of a run's panel, with the places of their pictures; -1 stands for one that is lost.</summary>
    internal void WritePanel(Utf8JsonWriter json, RunSource run)
    {
        if (run.Panel is not { } panel)
        {
            json.WriteNull("panel");
            return;
        }
        json.WriteStartObject("panel");
        json.WriteStartArray("classes");
        foreach (string name in panel.Classes)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        foreach (PanelImage image in panel.Images)
        {
            json.WriteStartObject();
            json.WriteNumber("id", image.Id);
            json.WriteString("file", image.File);
            json.WriteNumber("width", image.Size.Width);
            json.WriteNumber("height", image.Size.Height);
            json.WriteNumber("picture", PlaceOf(run.PanelFolder, image.Picture));
            json.WriteStartArray("boxes");
            foreach (PanelTruth box in image.Boxes)
            {
                BoxJson.Write(json, [box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Crowd ? 1 : 0]);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The pictures as data addresses, in the order of their places.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (string picture in pictures)
        {
            json.WriteStringValue(picture);
        }
        json.WriteEndArray();
    }

    private int PlaceOf(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return Lost;
        }
        string address = "data:image/jpeg;base64," + Convert.ToBase64String(File.ReadAllBytes(path));
        if (!places.TryGetValue(address, out int place))
        {
            place = pictures.Count;
            places.Add(address, place);
            pictures.Add(address);
        }
        return place;
    }
}
