namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>A folder of a test's own that small data sets are written into; it goes with the test.</summary>
internal sealed class SmallData : IDisposable
{
    internal SmallData() => Root = Directory.CreateTempSubdirectory("drcnn-data-").FullName;

    internal string Root { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    internal string Path(string name) => System.IO.Path.Combine(Root, name);

    internal string Text(string name, string text)
    {
        string file = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>A PNG of one colour.</summary>
    internal void Image(string name, int width = 100, int height = 50)
    {
        string file = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, ImageCodec.EncodePng(new RgbImage(width, height, new byte[width * height * 3])));
    }

    /// <summary>A Pascal VOC annotation with one object for each (name, corners).</summary>
    internal void Xml(string name, params (string Class, string Corners)[] objects) =>
        Text(name, Annotation("<size><width>100</width><height>50</height></size>", objects));

    internal static string Annotation(string size, params (string Class, string Corners)[] objects) =>
        $"<annotation>{size}\n{string.Join('\n', objects.Select(Object))}\n</annotation>";

    internal Dataset Open(string split = "train") => DatasetReader.Open(Root, split);

    private static string Object((string Class, string Corners) item)
    {
        string[] corners = item.Corners.Split(' ');
        return $"<object><name>{item.Class}</name><difficult>0</difficult><bndbox><xmin>{corners[0]}</xmin><ymin>{corners[1]}</ymin>"
            + $"<xmax>{corners[2]}</xmax><ymax>{corners[3]}</ymax></bndbox></object>";
    }
}
