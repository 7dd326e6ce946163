using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>An operator of the dispatcher, found by name at its first call. Missing trailing arguments take the schema's defaults.</summary>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int ResultCapacity = 4;

    /// <summary>Longest argument list that fits on the stack, in eight-byte entries; longer ones go to the heap.</summary>
    private const int ScratchEntries = 128;

    private nint handle;

    /// <summary>The schema as libtorch prints it.</summary>
    internal string Schema
    {
        get
        {
            byte* text = stackalloc byte[2048];
            Native.Check(Native.drcnn_op_schema(Handle, text, 2048));
            return Marshal.PtrToStringUTF8((nint)text)!;
        }
    }

    private nint Handle => handle != 0 ? handle : Find();

    [SkipLocalsInit]
    internal torch.Tensor Call(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        return new torch.Tensor(results[0].Pointer);
    }

    [SkipLocalsInit]
    internal (torch.Tensor, torch.Tensor) CallPair(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    [SkipLocalsInit]
    internal torch.Tensor[] CallMany(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        Invoke(arguments, results);
        var tensors = new torch.Tensor[results[0].Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = new torch.Tensor(((nint*)results[0].Pointer)[i]);
        }
        Native.drcnn_free(results[0].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that works in place; the references it returns are given back.</summary>
    [SkipLocalsInit]
    internal void Run(params ReadOnlySpan<Arg> arguments)
    {
        NativeValue* results = stackalloc NativeValue[ResultCapacity];
        int count = Invoke(arguments, results);
        for (int i = 0; i < count; i++)
        {
            if (results[i].Tag == Tag.Tensor)
            {
                Native.drcnn_release(results[i].Pointer);
            }
            else if (results[i].Tag == Tag.Tensors)
            {
                Native.drcnn_release_many((nint*)results[i].Pointer, results[i].Count);
                Native.drcnn_free(results[i].Pointer);
            }
        }
    }

    private nint Find()
    {
        Native.Check(Native.drcnn_op_find(name, overload, out nint found));
        return handle = found;
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Arg> arguments, NativeValue* results)
    {
        NativeValue* values = stackalloc NativeValue[arguments.Length];
        long* scratch = stackalloc long[ScratchEntries];
        int used = 0;
        nint heap = 0;
        try
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                ref readonly Arg argument = ref arguments[i];
                values[i].Tag = argument.Tag;
                values[i].Count = argument.Count;
                values[i].Integer = argument.Bits;
                if (argument.Tag == Tag.Tensor)
                {
                    values[i].Pointer = Unsafe.As<torch.Tensor>(argument.Object!).Handle;
                }
                else if (argument.Tag == Tag.Ints)
                {
                    long* entries = Reserve(argument.Count, scratch, ref used, ref heap);
                    Unsafe.As<long[]>(argument.Object!).CopyTo(new Span<long>(entries, argument.Count));
                    values[i].Pointer = (nint)entries;
                }
                else if (argument.Tag == Tag.Tensors)
                {
                    torch.Tensor[] tensors = Unsafe.As<torch.Tensor[]>(argument.Object!);
                    long* entries = Reserve(tensors.Length, scratch, ref used, ref heap);
                    for (int j = 0; j < tensors.Length; j++)
                    {
                        entries[j] = tensors[j].Handle;
                    }
                    values[i].Pointer = (nint)entries;
                }
            }
            int count = Native.drcnn_call(Handle, values, arguments.Length, results, ResultCapacity);
            for (int i = 0; i < arguments.Length; i++)
            {
                GC.KeepAlive(arguments[i].Object);
            }
            if (count < 0)
            {
                Native.Throw();
            }
            return count;
        }
        finally
        {
            while (heap != 0)
            {
                nint next = *(nint*)heap;
                NativeMemory.Free((void*)heap);
                heap = next;
            }
        }
    }

    /// <summary>Room for a list: the rest of the scratch, else a block chained to <paramref name="heap"/>.</summary>
    private static long* Reserve(int count, long* scratch, ref int used, ref nint heap)
    {
        if (used + count <= ScratchEntries)
        {
            used += count;
            return scratch + used - count;
        }
        nint block = (nint)NativeMemory.Alloc((nuint)(count + 1), sizeof(long));
        *(nint*)block = heap;
        heap = block;
        return (long*)block + 1;
    }
}
