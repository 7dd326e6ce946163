using Xunit;

namespace DynamicRcnn.Data.Tests.Annotations;

/// <summary>How the folders of tools are laid out, and what a file's names lead to.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly SmallData data = new();

    public void Dispose() => data.Dispose();

    [Theory]
    [InlineData("train/_annotations.coco.json", "train/a.png", "valid/_annotations.coco.json", "valid/b.png")]
    [InlineData("Train/_Annotations.Coco.json", "Train/a.png", "VALID/_annotations.coco.json", "VALID/b.png")]
    [InlineData("train/labels.json", "train/data/a.png", "validation/labels.json", "validation/data/b.png")]
    [InlineData(
        "annotations/instances_train2017.json",
        "train2017/a.png",
        "annotations/instances_val2017.json",
        "val2017/b.png"
    )]
    [InlineData(
        "Annotations/instances_Train2014.json",
        "Images/Train2014/a.png",
        "Annotations/instances_VAL2014.json",
        "Images/VAL2014/b.png"
    )]
    [InlineData("annotations/train.json", "images/a.png", "annotations/val.json", "images/b.png")]
    [InlineData("train.json", "images/train/a.png", "valid.json", "images/valid/b.png")]
    public void Coco_in_splits_is_recognised(string trainFile, string trainImage, string valFile, string valImage)
    {
        data.Text(trainFile, Coco("a.png"));
        data.Text(valFile, Coco("b.png"));
        data.Image(trainImage);
        data.Image(valImage);
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal(data.Path(trainImage), Assert.Single(data.Open("train").Images).Path);
        Assert.Equal(data.Path(valImage), Assert.Single(data.Open("val").Images).Path);
        Assert.Equal("val", data.Open("Validation").Split);
        Assert.StartsWith("COCO: ", DatasetReader.Describe(data.Root), StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(trainFile), DatasetReader.Describe(data.Root), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("result.json", "images/a.png", "images/a.png")]
    [InlineData("result.json", "images/a.png", "images\\\\a.png")]
    [InlineData("result.json", "images/a.png", ".\\\\images\\\\a.png")]
    [InlineData("labels.json", "data/a.png", "a.png")]
    [InlineData("labels.json", "Data/a.png", "a.png")]
    [InlineData("_annotations.coco.json", "a.png", "a.png")]
    [InlineData("annotations/instances_default.json", "images/a.png", "a.png")]
    [InlineData("annotations/instances_default.json", "images/default/a.png", "a.png")]
    public void Coco_in_one_file_is_recognised(string file, string image, string name)
    {
        data.Text(file, Coco(name));
        data.Image(image);
        Assert.Empty(DatasetReader.Splits(data.Root));
        Dataset dataset = data.Open();
        Assert.Equal(data.Path(image), Assert.Single(dataset.Images).Path);
        Assert.Empty(dataset.Findings);
        Assert.Equal(data.Path(image), Assert.Single(DatasetReader.Open(data.Path(file), "train").Images).Path);
    }

    [Fact]
    public void The_folder_that_holds_the_images_is_taken_of_several()
    {
        data.Text("labels.json", Coco("a.png"));
        data.Text("data/notes.txt", "");
        data.Image("images/b.png");
        data.Image("JPEGImages/a.png");
        Assert.Equal(data.Path("JPEGImages/a.png"), Assert.Single(data.Open().Images).Path);
    }

    [Fact]
    public void Json_that_is_no_coco_file_is_passed_over()
    {
        data.Text("labels.json", """{"0":"ant"}""");
        data.Text("result.json", "[]");
        data.Xml("a.xml", ("ant", "1 1 10 10"));
        data.Image("a.png");
        Assert.StartsWith("Pascal VOC: ", DatasetReader.Describe(data.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_of_a_split_keep_their_names_and_the_choice_is_told()
    {
        data.Text("annotations/instances_train2014.json", Coco("a.png"));
        data.Text("annotations/instances_train2017.json", Coco("a.png"));
        data.Image("images/a.png");
        DataException refusal = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains("expected one of train2014, train2017", refusal.Message, StringComparison.Ordinal);
        Assert.Single(data.Open("train2017").Images);
    }

    [Theory]
    [InlineData("/home/me/set/images/a.png")]
    [InlineData("D:\\\\set\\\\images\\\\a.png")]
    [InlineData("file:///home/me/set/a.png")]
    public void A_path_of_another_machine_leads_to_the_file_that_it_ends_in(string name)
    {
        data.Text("annotations/instances_train.json", Coco(name));
        data.Image("images/a.png");
        Dataset dataset = data.Open();
        Assert.Equal(data.Path("images/a.png"), Assert.Single(dataset.Images).Path);
        Assert.Equal(FindingKind.ForeignPath, Assert.Single(dataset.Findings).Kind);
    }

    [Theory]
    [InlineData("Z\u00fcrich.png", "Zu\u0308rich.png")]
    [InlineData("Zu\u0308rich.png", "Z\u00fcrich.png")]
    [InlineData("\u1ead.png", "a\u0323\u0302.png")]
    [InlineData("\ud55c\uad6d.png", "\u1112\u1161\u11ab\u1100\u116e\u11a8.png")]
    [InlineData("\u30ac.png", "\u30ab\u3099.png")]
    public void Names_are_found_in_both_forms_of_Unicode_in_every_layout(string written, string onDisk)
    {
        string stem = Path.GetFileNameWithoutExtension(written);
        data.Text("coco/annotations/instances_train.json", Coco(written));
        data.Image($"coco/images/{onDisk}");
        data.Xml($"voc/Annotations/{stem}.xml", ("ant", "1 1 10 10"));
        data.Image($"voc/JPEGImages/{onDisk}");
        data.Text($"yolo/labels/{stem}.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Image($"yolo/images/{onDisk}");
        data.Text("yolo/classes.txt", "ant\n");
        Assert.All(
            (string[])["coco", "voc", "yolo"],
            layout =>
            {
                ImageRecord image = Assert.Single(DatasetReader.Open(data.Path(layout), "train").Images);
                Assert.Equal(onDisk, Path.GetFileName(image.Path));
                Assert.Single(image.Boxes);
            }
        );
    }

    [Fact]
    public void Another_accent_is_another_file()
    {
        data.Text("annotations/instances_train.json", Coco("Z\u00fcrich.png"));
        data.Image("images/Zu\u0301rich.png");
        DataException refusal = Assert.Throws<DataException>(() => data.Open());
        Assert.Contains("does not exist", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Annotations", "JPEGImages")]
    [InlineData("annotations", "images")]
    [InlineData("ANNOTATIONS", "IMAGES")]
    [InlineData("labels", "images")]
    [InlineData("xmls", "images")]
    public void Voc_folders_have_many_names(string annotations, string images)
    {
        data.Xml($"{annotations}/a.xml", ("ant", "1 1 10 10"));
        data.Image($"{images}/a.png");
        Assert.Empty(DatasetReader.Splits(data.Root));
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Theory]
    [InlineData("train/annotations/a.xml", "train/images/a.png", "valid/annotations/b.xml", "valid/images/b.png")]
    [InlineData("annotations/train/a.xml", "images/train/a.png", "annotations/val/b.xml", "images/val/b.png")]
    [InlineData("Train/a.xml", "Train/a.png", "Val/b.xml", "Val/b.png")]
    public void Voc_in_splits_is_recognised(string trainXml, string trainImage, string valXml, string valImage)
    {
        data.Xml(trainXml, ("ant", "1 1 10 10"));
        data.Image(trainImage);
        data.Xml(valXml, ("bee", "1 1 10 10"));
        data.Image(valImage);
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Equal(data.Path(trainImage), Assert.Single(data.Open("train").Images).Path);
        Assert.Equal(data.Path(valImage), Assert.Single(data.Open("val").Images).Path);
        Assert.Equal(2, data.Open("val").Classes.Count);
    }

    [Theory]
    [InlineData("IMAGES/TRAIN/a.png", "LABELS/TRAIN/a.txt")]
    [InlineData("Images/Train/a.png", "Labels/Train/a.txt")]
    [InlineData("Train/Images/a.png", "Train/Labels/a.txt")]
    [InlineData("train/a.png", "train/a.txt")]
    public void Yolo_folders_are_recognised_in_any_case(string image, string labels)
    {
        data.Image(image);
        data.Text(labels, "0 0.5 0.5 0.2 0.4\n");
        data.Text("Classes.txt", "ant\n");
        Assert.Equal(["train"], DatasetReader.Splits(data.Root));
        Dataset dataset = data.Open();
        Assert.Empty(dataset.Findings);
        Assert.Single(Assert.Single(dataset.Images).Boxes);
    }

    [Theory]
    [InlineData("Data.YAML")]
    [InlineData("ants.yaml")]
    public void A_data_file_of_another_spelling_is_one(string name)
    {
        data.Image("images/train/a.png");
        data.Text("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text(name, "train: images/train\nnames: [ant]\n");
        Assert.Equal("ant", Assert.Single(data.Open().Classes).Name);
    }

    [Fact]
    public void Darknets_file_names_lists_whose_paths_start_elsewhere()
    {
        data.Text("obj.data", "classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\n");
        data.Text("obj.names", "ant\n");
        data.Text("train.txt", "data/obj_train_data/a.png\n");
        data.Text("valid.txt", "/home/me/darknet/data/obj_valid_data/b.png\n");
        data.Image("obj_train_data/a.png");
        data.Text("obj_train_data/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Image("obj_valid_data/b.png");
        data.Text("obj_valid_data/b.txt", "0 0.5 0.5 0.2 0.4\n");
        Assert.Equal(["train", "val"], DatasetReader.Splits(data.Root));
        Assert.Single(Assert.Single(data.Open().Images).Boxes);
        Assert.Empty(data.Open().Findings);
        Dataset val = data.Open("val");
        Assert.Single(Assert.Single(val.Images).Boxes);
        Assert.Equal(FindingKind.ForeignPath, Assert.Single(val.Findings).Kind);
    }

    [Fact]
    public void What_lies_hidden_is_no_data_in_any_layout()
    {
        data.Text("coco/annotations/._instances_val.json", "\0\u0005");
        data.Text("coco/annotations/instances_train.json", Coco("a.png"));
        data.Image("coco/images/a.png");
        data.Xml("voc/Annotations/a.xml", ("ant", "1 1 10 10"));
        data.Text("voc/Annotations/._a.xml", "\0\u0005");
        data.Image("voc/JPEGImages/a.png");
        data.Image("yolo/images/train/a.png");
        data.Text("yolo/images/train/._a.png", "\0\u0005");
        data.Image("yolo/images/train/.ipynb_checkpoints/a-checkpoint.png");
        data.Text("yolo/labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("yolo/labels/train/._a.txt", "\0\u0005");
        data.Text("yolo/classes.txt", "ant\n");
        Assert.All(
            (string[])["coco", "voc", "yolo"],
            layout =>
            {
                Dataset dataset = DatasetReader.Open(data.Path(layout), "train");
                Assert.Single(dataset.Images);
                Assert.Empty(dataset.Findings);
            }
        );
        Assert.Equal(["train"], DatasetReader.Splits(data.Path("coco")));
    }

    [Fact]
    public void What_is_no_picture_by_its_name_is_named()
    {
        data.Image("images/train/a.png");
        data.Text("images/train/b.heic", "no picture that we know");
        data.Text("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n");
        data.Text("classes.txt", "ant\n");
        Dataset dataset = data.Open();
        Assert.Single(dataset.Images);
        Finding finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.NoPicture, data.Path("images/train/b.heic")), (finding.Kind, finding.File));
    }

    private static string Coco(string name) =>
        $$"""
            {"images":[{"id":1,"file_name":"{{name}}","width":100,"height":50}],"categories":[{"id":1,"name":"ant"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,5,5]}]}
            """;
}
