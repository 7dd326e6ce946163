using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Files as Python's torch.save writes them.</summary>
public sealed class PthOfPythonTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-python-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_element_type_and_stride_reads_as_torch_meant_it()
    {
        Python.RunText(
            folder,
            """
            import torch
            torch.manual_seed(1)
            base = torch.randn(4, 5)
            tensors = {
                'float': base, 'transposed': base.t(), 'part': base[1:3, 2:4], 'one': base[2, 3],
                'double': base.double(), 'half': base.half(), 'bfloat16': base.bfloat16(),
                'long': (base * 100).long(), 'int': (base * 100).int(), 'bool': base > 0, 'empty': torch.zeros(0, 3),
                'parameter': torch.nn.Parameter(base[:, 1]),
            }
            torch.save(tensors, 'tensors.pth')
            with open('expected.txt', 'w') as out:
                for name, tensor in tensors.items():
                    values = tensor.detach().contiguous()
                    if values.dtype == torch.bfloat16:
                        values = values.view(torch.int16)
                    out.write(f"{name} {'x'.join(map(str, tensor.shape))} {values.numpy().tobytes().hex()}\n")
            torch.save(tensors, 'old.pth', _use_new_zipfile_serialization=False)
            """,
            "torch"
        );
        foreach (string name in (string[])["tensors.pth", "old.pth"])
        {
            TensorFile file = WeightFile.Read(Path.Combine(folder, name));
            string[] read =
            [
                .. file.Tensors.Select(pair =>
                    $"{pair.Key} {string.Join('x', pair.Value.Shape)} {Convert.ToHexStringLower(pair.Value.Data.Span)}"
                ),
            ];
            Assert.Equal(File.ReadAllLines(Path.Combine(folder, "expected.txt")), read);
            Assert.Equal(torch.ScalarType.BFloat16, file.Tensors["bfloat16"].Type);
        }
    }

    [Fact]
    public void A_training_checkpoint_of_old_torch_reads_without_its_optimiser()
    {
        Python.RunText(
            folder,
            """
            import torch
            model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
            optimizer = torch.optim.SGD([{'params': [p]} for p in model.parameters()], lr=0.1, momentum=0.9)
            model(torch.randn(4, 3)).sum().backward()
            optimizer.step()
            torch.save({
                'model': {'module.' + k: v for k, v in model.state_dict().items()}, 'optimizer': optimizer.state_dict(),
                'scheduler': {'milestones': (60000, 80000), 'last_epoch': 90000}, 'iteration': 90000,
            }, 'old.pth', _use_new_zipfile_serialization=False)
            """,
            "torch"
        );
        Assert.Equal(
            ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"],
            WeightFile.Read(Path.Combine(folder, "old.pth")).Tensors.Keys
        );
    }

    [Fact]
    public void A_training_checkpoint_of_mmdetection_reads_without_its_logs_hooks_and_optimiser()
    {
        Python.RunFile(["torch"], "Training.Tests/Weights/mmdetection_checkpoint.py", folder);
        foreach (string name in (string[])["zip2.pth", "zip4.pth", "old2.pth"])
        {
            TensorFile file = WeightFile.Read(Path.Combine(folder, name));
            Assert.Equal(
                [
                    "0.weight",
                    "0.bias",
                    "1.weight",
                    "1.bias",
                    "1.running_mean",
                    "1.running_var",
                    "1.num_batches_tracked",
                ],
                file.Tensors.Keys
            );
            Assert.Equal(["cat", "dog"], ClassNameText.Read(file));
        }
    }

    [Fact]
    public void A_whole_module_is_refused_by_the_name_of_its_class()
    {
        Python.RunText(folder, "import torch; torch.save(torch.nn.Linear(1, 1), 'module.pth')", "torch");
        RunException error = Assert.Throws<RunException>(() => WeightFile.Read(Path.Combine(folder, "module.pth")));
        Assert.Contains("'torch.nn.modules.linear.Linear'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resnet18_of_torchvision_fills_the_backbone_and_its_classifier_is_ignored_aloud()
    {
        Python.RunText(
            folder,
            """
            import torch, torchvision
            torch.manual_seed(1)
            model = torchvision.models.resnet18()
            torch.save(model.state_dict(), 'resnet18.pth')
            model.layer4[1].bn2.weight.detach().numpy().tofile('last.bin')
            model.layer2[0].downsample[0].weight.detach().numpy().tofile('shortcut.bin')
            """,
            "torch",
            "torchvision"
        );
        using Detector detector = TestBackbone.Detector(depth: 18, lastStage: 4);
        WeightReport report = BackboneWeights.Load(detector, Path.Combine(folder, "resnet18.pth"));
        // 1 + 2 * 8 + 3 shortcuts = 20 convolutions, each with a norm of four tensors.
        Assert.Equal(20 * 5, report.Loaded.Count);
        Assert.Empty(report.Fresh);
        Assert.Equal(
            [
                "weights r.pth: 100 tensors loaded into the backbone; no layer of it starts from scratch",
                "ignored in the file: num_batches_tracked (20 tensors), fc (2 tensors)",
            ],
            report.Lines("r.pth")
        );
        AssertSame("last.bin", detector, "backbone.layer4.1.bn2.weight");
        AssertSame("shortcut.bin", detector, "backbone.layer2.0.downsample.0.weight");
    }

    [Fact]
    public void What_training_scripts_save_is_found_under_whatever_key_and_prefix()
    {
        Python.RunFile(["torch", "torchvision"], "Training.Tests/Weights/saved_trainings.py", folder);
        string[] files = Directory.GetFiles(folder);
        Assert.Equal(10, files.Length);
        foreach (string path in files)
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith("detector", StringComparison.Ordinal))
            {
                DetectorFile file = DetectorFile.Read(path);
                Assert.Equal((name, 130), (name, file.Foreign!.Tensors.Count));
                WeightInventory inventory = DetectorConversion.Inventory(file, file.Structure);
                Assert.True(inventory.IsWhole, name + string.Join('\n', inventory.Lines()));
                Assert.Equal(name.Contains("metric", StringComparison.Ordinal) ? 1 : 0, inventory.Beside.Count);
                continue;
            }
            using Detector detector = TestBackbone.Detector(depth: 18, lastStage: 4);
            if (name.StartsWith("two", StringComparison.Ordinal))
            {
                Assert.Throws<RunException>(() => BackboneWeights.Load(detector, path));
                continue;
            }
            WeightReport report = BackboneWeights.Load(detector, path);
            Assert.Equal((name, 100), (name, report.Loaded.Count));
            Assert.Contains(
                "ignored in the file: num_batches_tracked (20 tensors), fc (2 tensors)",
                report.Lines(name)
            );
        }
    }

    private void AssertSame(string expected, Detector detector, string name) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, expected)), ops.to_bytes(detector.state_dict()[name]));
}
