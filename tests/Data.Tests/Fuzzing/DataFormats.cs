using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using DynamicRcnn.Data.Tests.Images;
using DynamicRcnn.Tests.Fuzzing;

namespace DynamicRcnn.Data.Tests.Fuzzing;

/// <summary>Images and annotations, as strangers may send them.</summary>
internal static class DataFormats
{
    /// <summary>The images of the tests are small; a header that states more than this is refused before memory is taken.</summary>
    private const long MostPixels = 1 << 20;
    private const int BytesOfPixel = 3;

    /// <summary>ImageSharp's picture, what it unpacks and ours.</summary>
    private const int ImageSharpPixel = 32;

    /// <summary>
    /// A lossless WebP of any length may state so many sets of codes, for which ImageSharp takes one array. Nothing touches it when they are not there,
    /// so that it is no memory of the machine.
    /// </summary>
    private const long MostCodeTables = 1 << 16;
    private const long CodeTableBytes = 40_000;

    private const string Image = "image.png";

    private static readonly string[] coco =
    [
        """{"images":[{"id":1,"file_name":"image.png","width":100,"height":50},{"id":2,"file_name":"none.png","width":1,"height":1}],"categories":[{"id":1,"name":"cell"},{"id":9,"name":"plate"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,30.5,20],"area":610,"iscrowd":0},{"id":2,"image_id":1,"category_id":9,"bbox":[1e1,2,30,20],"iscrowd":1}]}""",
        """{"categories":[{"id":-1,"name":"\u00e9"}],"annotations":[{"image_id":1,"category_id":-1,"bbox":[0,0,100,50],"segmentation":[[1,2,3,4,5,6]]}],"images":[{"id":1,"file_name":"./image.png","width":100.0,"height":5e1}],"info":{"a":[null,true]}}""",
    ];

    private static readonly string[] voc =
    [
        "<annotation><filename>image.png</filename><size><width>100</width><height>50</height></size><object><name>cell</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>31.5</xmax><ymax>20</ymax></bndbox></object><object><name>plate</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>31</xmax><ymax>40</ymax></bndbox></object></annotation>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><annotation verified=\"yes\"><object><name>a &amp; b</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>",
    ];

    private static readonly string[] yolo =
    [
        "0 0.5 0.5 0.2 0.4\n1 0.25 0.5 0.1 0.1\n",
        "1 5e-1 0.5 1 1\r\n\r\n0 0.5 0.5 0.5 0.5",
    ];

    private static readonly string[] yaml =
    [
        "path: .\ntrain: images/train\nval: images/val # none\nnc: 2\nnames: [cell, 'plate']\n",
        "names:\n  0: cell\n  1: \"plate\"\ntrain:\n  - images/train\n",
    ];

    private static readonly string[] jsonInsertions =
    [
        .. JsonText.Insertions,
        "{\"id\":1},",
        "..",
        "/",
        "-0.0",
        "NaN",
        "\"bbox\":[1,2],",
    ];

    private static readonly string[] xmlInsertions =
    [
        "<a>",
        "</a>",
        "<object>",
        "<name>x</name>",
        "<!-- -->",
        "<![CDATA[x]]>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&b;",
        "&#0;",
        "&#55296;",
        "<?x y?>",
        " ",
        "\0",
        "<size><width>0</width></size>",
        "NaN",
        "1e999",
        "-",
    ];

    private static readonly string[] yoloInsertions =
    [
        " ",
        "\n",
        "0 0.5 0.5 0.2 0.4\n",
        "NaN",
        "-",
        "1e999",
        "\0",
        "0.5 ",
        "99999999999 ",
        "é",
        "#",
    ];

    private static readonly string[] yamlInsertions =
    [
        "names:",
        "- ",
        "[",
        "{",
        "'",
        "\"",
        ": ",
        "#",
        "\n",
        "  ",
        "&a ",
        "*a",
        "!!x ",
        "!<>",
        "\"\\ud800\\u0041\"",
        "|\n",
        "../",
        "train: /\n",
        "nc: 1\n",
        "\t",
        "\0",
        "\r\n",
        "~",
    ];

    /// <summary>Every format that is read.</summary>
    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        Picture("JPEG", JpegFormat.Damaged),
        Picture("PNG", PngFormat.Damaged, ImageSharpPixel),
        .. RecordedPictures.Formats.Select(format =>
            Picture(
                format,
                new RecordedFormat(format).Damaged,
                ImageSharpPixel,
                format == "WebP" ? MostCodeTables * CodeTableBytes : 0
            )
        ),
        Annotations("COCO JSON", "annotations/instances_train.json", "train", coco, jsonInsertions, IsJson),
        Annotations("VOC XML", "Annotations/image.xml", "VOC2007", voc, xmlInsertions, IsXml),
        Annotations("YOLO labels", "labels/train/image.txt", "train", yolo, yoloInsertions, HasFields),
        YoloDataFile(),
    ];

    private static FuzzFormat YoloDataFile()
    {
        FuzzFormat format = Annotations("YOLO data.yaml", "data.yaml", "train", yaml, yamlInsertions, HasNames);
        // A path that ends in many of '../' leads to the root of the file system, and what listing that takes is the machine's matter, not the file's.
        return format with
        {
            Damaged = random =>
                Encoding.Latin1.GetBytes(
                    Encoding
                        .Latin1.GetString(format.Damaged(random))
                        .Replace("../\n", "../none\n", StringComparison.Ordinal)
                ),
        };
    }

    private static FuzzFormat Picture(
        string name,
        Func<Random, byte[]> damaged,
        int bytesOfPixel = BytesOfPixel,
        long tables = 0
    ) =>
        new(name, damaged, IsKnownSize, path => Refusal(() => ImageCodec.ReadFile(path, MostPixels)))
        {
            MostBytes = (MostPixels * bytesOfPixel) + tables + (1 << 17),
        };

    private static FuzzFormat Annotations(
        string name,
        string file,
        string split,
        string[] seeds,
        string[] insertions,
        Func<byte[], bool> isPastHeader
    )
    {
        Mutator mutator = new([.. insertions.Select(Encoding.UTF8.GetBytes)]);
        byte[][] whole = [.. seeds.Select(Encoding.UTF8.GetBytes)];
        return new FuzzFormat(
            name,
            random => mutator.Mutated(whole[random.Next(whole.Length)], random),
            isPastHeader,
            path => Refusal(() => DatasetReader.Open(path[..^(file.Length + 1)], split))
        )
        {
            Place = folder => Around(folder, file),
            // Findings quote what they name.
            MostBytes = 1 << 19,
            MostBytesForAByte = 1024,
        };
    }

    /// <summary>A data set of one image but for the file.</summary>
    private static string Around(string folder, string file)
    {
        byte[] image = ImageCodec.EncodePng(TestPictures.Gradient(100, 50));
        foreach (string place in (string[])["", "images", "images/train", "JPEGImages"])
        {
            Directory.CreateDirectory(Path.Combine(folder, place));
            File.WriteAllBytes(Path.Combine(folder, place, Image), image);
        }
        string path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        switch (Path.GetFileName(file))
        {
            case "image.txt":
                File.WriteAllText(Path.Combine(folder, "classes.txt"), "cell\nplate\n");
                break;
            case "data.yaml":
                Directory.CreateDirectory(Path.Combine(folder, "labels", "train"));
                File.WriteAllText(Path.Combine(folder, "labels", "train", "image.txt"), yolo[0]);
                break;
        }
        return path;
    }

    private static string? Refusal(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception refusal) when (refusal is DataException or ImageException)
        {
            return refusal.Message;
        }
    }

    private static bool IsKnownSize(byte[] bytes)
    {
        try
        {
            ImageSize size = ImageCodec.ReadSize(bytes);
            return (long)size.Width * size.Height <= MostPixels;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsXml(byte[] bytes)
    {
        try
        {
            return XDocument.Load(new MemoryStream(bytes)).Root!.Name == "annotation";
        }
        catch (XmlException)
        {
            return false;
        }
    }

    /// <summary>Text has no header; a line with as many words as a box asks its reader for all that it does.</summary>
    private static bool HasFields(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split('\n').Any(line => line.Split(' ').Length == 5);

    private static bool HasNames(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split('\n').Any(line => line.StartsWith("names:", StringComparison.Ordinal));
}
