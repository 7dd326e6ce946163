namespace DynamicRcnn.Report;

/// <summary>The panels of all runs. Pictures that runs share are kept once.</summary>
internal sealed class PanelPictures
{
    private const int Lost = -1;
    private readonly Dictionary<string, int> places = [];
    private readonly List<string> pictures = [];

    /// <summary>The images of a run's panel, with the places of their pictures; -1 stands for one that is lost.</summary>
    internal object? PanelOf(RunSource run) =>
        run.Panel is { } panel
            ? new
            {
                classes = panel.Classes,
                images = panel.Images.Select(image => new
                {
                    id = image.Id,
                    file = image.File,
                    width = image.Size.Width,
                    height = image.Size.Height,
                    picture = PlaceOf(run.PanelFolder, image.Picture),
                    boxes = image.Boxes.Select(box =>
                        Numbers.OfBox(box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Crowd ? 1 : 0)
                    ),
                }),
            }
            : null;

    /// <summary>The pictures as data addresses, in the order of their places.</summary>
    internal IReadOnlyList<string> All => pictures;

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
