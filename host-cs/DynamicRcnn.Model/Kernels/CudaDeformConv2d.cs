namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C input channels, O output channels, H x W input, H' x W' output, K taps, D offset groups, G groups.

/// <summary>
/// A deformable convolution on a GPU: our kernels gather columns and add gradients up, libtorch multiplies and sorts between them, as repeatable as
/// cuBLAS is and in the precision that libtorch is set to. Memory beside inputs and results: a channels-last copy of the map and the columns of a
/// chunk of images. Nothing may be recorded.
/// </summary>
internal sealed unsafe class CudaDeformConv2d
{
    private readonly DrcnnCudaKernels kernels;
    private readonly DrcnnKernels.DeformConv2d call;
    private readonly nint stream;
    private readonly long chunkBytes; // of columns; a chunk has at least one image
    private readonly DeformArguments arguments;
    private readonly ScalarType type;

    private readonly long outHeight;
    private readonly long outWidth;
    private readonly long groupOutputs; // O/G
    private readonly long groupColumns; // K C/G

    private readonly Images all;
    private readonly Tensor taps; // [G, O/G, K C/G], in the columns' order

    /// <summary>Some of the images, row after row.</summary>
    /// <param name="Call">Its batch is their number.</param>
    /// <param name="Map">[N, H, W, C].</param>
    /// <param name="Offset">[N, 2DK, H', W'].</param>
    /// <param name="Mask">[N, DK, H', W'], or null for none.</param>
    private readonly record struct Images(DrcnnKernels.DeformConv2d Call, Tensor Map, Tensor Offset, Tensor? Mask);

    internal CudaDeformConv2d(
        DrcnnCudaKernels kernels,
        in DrcnnKernels.DeformConv2d call,
        DeformArguments arguments,
        nint stream,
        long chunkBytes
    )
    {
        (this.kernels, this.call, this.arguments) = (kernels, call, arguments);
        (this.stream, this.chunkBytes) = (stream, chunkBytes);
        type = (ScalarType)call.Type;
        _ = kernels.Checked(kernels.drcnn_cuda_deform_corner_count(call with { Batch = Math.Min(call.Batch, 1) }));
        long[] output = DeformConv2dCheck.OutputShape(call);
        (outHeight, outWidth) = (output[2], output[3]);
        groupOutputs = call.Outputs / call.Groups;
        groupColumns = call.KernelHeight * call.KernelWidth * call.Channels / call.Groups;
        all = new Images(
            call,
            Dense(arguments.Input.permute(0, 2, 3, 1)),
            Dense(arguments.Offset),
            arguments.Mask is { } mask ? Dense(mask) : null
        );
        taps = Dense(arguments.Weight.permute(0, 2, 3, 1)).view(call.Groups, groupOutputs, groupColumns);
    }

    private long Positions => outHeight * outWidth;

    /// <returns>[N, O, H', W']; channels-last in memory where the input is.</returns>
    internal Tensor Output()
    {
        (long batch, long outputs) = (call.Batch, call.Outputs);
        Tensor output = TensorMemory.IsChannelsLast(arguments.Input)
            ? Empty(batch, outHeight, outWidth, outputs).permute(0, 3, 1, 2)
            : Empty(batch, outputs, outHeight, outWidth);
        foreach ((long first, long count) in Chunks(copies: 1))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor sums = Columns(Part(first, count)).bmm(taps.transpose(1, 2)); // [G, rows, O/G]
            if (arguments.Bias is { } bias)
                sums.add_(bias.view(call.Groups, 1, groupOutputs));
            output
                .narrow(0, first, count)
                .copy_(
                    sums.view(call.Groups, count, outHeight, outWidth, groupOutputs)
                        .permute(1, 0, 4, 2, 3)
                        .reshape(count, outputs, outHeight, outWidth)
                );
        }
        return output;
    }

    /// <param name="gradient">[N, O, H', W'] of the outputs.</param>
    /// <param name="needs">By <see cref="DeformPlace"/>.</param>
    /// <returns>By <see cref="DeformPlace"/>; null: not needed. The input's is channels-last in memory where the input is.</returns>
    internal Tensor?[] Gradients(Tensor gradient, bool[] needs)
    {
        bool Needs(DeformPlace place) => needs[(int)place];
        bool needsFields = Needs(DeformPlace.Offset) || Needs(DeformPlace.Mask); // one kernel gives both
        Tensor rows = Dense(gradient.permute(0, 2, 3, 1)); // [N, H', W', O]
        Tensor? map = Needs(DeformPlace.Input) ? torch.empty_like(all.Map) : null;
        Tensor? weight = Needs(DeformPlace.Weight) ? torch.zeros_like(taps) : null;
        Tensor? offset = needsFields ? torch.empty_like(all.Offset) : null;
        Tensor? mask = needsFields && all.Mask is not null ? torch.empty_like(all.Mask) : null;
        foreach ((long first, long count) in Chunks(copies: 2))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Images images = Part(first, count);
            Tensor some = rows.narrow(0, first, count).view(count * Positions, call.Groups, groupOutputs);
            if (map is not null || needsFields)
            {
                Tensor columns = some.transpose(0, 1).bmm(taps); // [G, rows, K C/G]
                if (offset is not null)
                    FieldGradients(images, columns, offset.narrow(0, first, count), mask?.narrow(0, first, count));
                if (map is not null)
                    MapGradient(images, columns, map.narrow(0, first, count));
            }
            weight?.add_(some.permute(1, 2, 0).bmm(Columns(images)));
        }
        var gradients = new Tensor?[needs.Length];
        gradients[(int)DeformPlace.Input] = map is null ? null : AsInput(map.permute(0, 3, 1, 2));
        gradients[(int)DeformPlace.Weight] = weight
            ?.view(call.Outputs, call.KernelHeight, call.KernelWidth, call.Channels / call.Groups)
            .permute(0, 3, 1, 2)
            .contiguous();
        gradients[(int)DeformPlace.Offset] = Needs(DeformPlace.Offset) ? offset : null;
        gradients[(int)DeformPlace.Mask] = Needs(DeformPlace.Mask) ? mask : null;
        if (Needs(DeformPlace.Bias))
            gradients[(int)DeformPlace.Bias] = gradient.to(ScalarType.Float64).sum([0L, 2, 3]).to(type);
        return gradients;
    }

    /// <returns>[G, rows, K C/G], rows N H' W'.</returns>
    private Tensor Columns(in Images images)
    {
        Tensor columns = Empty(call.Groups, images.Call.Batch * Positions, groupColumns);
        kernels.Check(
            kernels.drcnn_cuda_deform_columns(
                images.Call,
                At(images.Map),
                At(images.Offset),
                At(images.Mask),
                At(columns),
                (void*)stream
            )
        );
        return columns;
    }

    private void FieldGradients(in Images images, Tensor columns, Tensor offset, Tensor? mask) =>
        kernels.Check(
            kernels.drcnn_cuda_deform_offset_gradient(
                images.Call,
                At(images.Map),
                At(images.Offset),
                At(images.Mask),
                At(columns),
                At(offset),
                At(mask),
                (void*)stream
            )
        );

    /// <summary>Adds what each corner of a sample gives to its pixel, pixel by pixel: in the same order always.</summary>
    private void MapGradient(in Images images, Tensor columns, Tensor map)
    {
        long corners = kernels.Checked(kernels.drcnn_cuda_deform_corner_count(images.Call));
        Tensor pixels = torch.empty([corners], ScalarType.Int32, map.device);
        Tensor factors = Empty(corners);
        kernels.Check(
            kernels.drcnn_cuda_deform_corners(
                images.Call,
                At(images.Offset),
                At(images.Mask),
                At(pixels),
                At(factors),
                (void*)stream
            )
        );
        (Tensor sorted, Tensor order) = torch.sort(pixels, dim: 0, stable: true);
        kernels.Check(
            kernels.drcnn_cuda_deform_input_gradient(
                images.Call,
                At(sorted),
                At(order),
                At(factors),
                At(columns),
                At(map),
                (void*)stream
            )
        );
    }

    /// <summary>Parts of the batch whose columns, so many copies of them, fit into a chunk and whose corners the kernels can number.</summary>
    private IEnumerable<(long First, long Count)> Chunks(int copies)
    {
        double bytes = (double)copies * Positions * call.Groups * groupColumns * ops.SizeOf(type);
        long most = Math.Min(Math.Max((long)(chunkBytes / bytes), 1), call.Batch);
        while (most > 1 && kernels.drcnn_cuda_deform_corner_count(call with { Batch = most }) < 0)
            most /= 2;
        for (long first = 0; first < call.Batch; first += most)
            yield return (first, Math.Min(most, call.Batch - first));
    }

    private Images Part(long first, long count) =>
        new(
            call with
            {
                Batch = count,
            },
            all.Map.narrow(0, first, count),
            all.Offset.narrow(0, first, count),
            all.Mask?.narrow(0, first, count)
        );

    private Tensor AsInput(Tensor gradient) =>
        TensorMemory.IsChannelsLast(arguments.Input) ? gradient : gradient.contiguous();

    private Tensor Empty(params long[] shape) => torch.empty(shape, type, all.Map.device);

    private Tensor Dense(Tensor tensor) => TensorMemory.Dense(tensor, type);

    private static void* At(Tensor? tensor) => TensorMemory.Of(tensor);
}
