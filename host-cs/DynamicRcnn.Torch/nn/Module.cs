using System.Reflection;
using DynamicRcnn.Torch.Modules;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a model. Its fields that are modules, parameters or tensors are registered by name.</summary>
        public abstract class Module : IDisposable
        {
            private readonly string name;
            private readonly List<(string Name, Module Module)> modules = [];
            private readonly List<(string Name, Parameter Parameter)> ownParameters = [];
            private readonly List<(string Name, Tensor Buffer)> ownBuffers = [];

            protected Module(string name) => this.name = name;

            public bool training { get; private set; } = true;

            public string GetName() => name;

            public virtual void register_module(string name, Module submodule) => modules.Add((name, submodule));

            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor));
            }

            public IEnumerable<(string name, Module module)> named_children() =>
                modules.Select(entry => (entry.Name, entry.Module));

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                foreach ((string own, Parameter parameter) in ownParameters)
                {
                    yield return (own, parameter);
                }
                foreach ((string prefix, Module module) in recurse ? modules : [])
                {
                    foreach ((string inner, Parameter parameter) in module.named_parameters())
                    {
                        yield return ($"{prefix}.{inner}", parameter);
                    }
                }
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true,
                bool include_nonpersistent = true
            )
            {
                foreach ((string own, Tensor buffer) in ownBuffers)
                {
                    yield return (own, buffer);
                }
                foreach ((string prefix, Module module) in recurse ? modules : [])
                {
                    foreach ((string inner, Tensor buffer) in module.named_buffers())
                    {
                        yield return ($"{prefix}.{inner}", buffer);
                    }
                }
            }

            /// <summary>Parameters and buffers by name. The tensors are the module's own, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null,
                string? prefix = null
            )
            {
                destination ??= [];
                string start = prefix is null ? "" : prefix + ".";
                foreach ((string key, Parameter parameter) in named_parameters())
                {
                    destination[start + key] = parameter;
                }
                foreach ((string key, Tensor buffer) in named_buffers())
                {
                    destination[start + key] = buffer;
                }
                return destination;
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach ((_, Module module) in modules)
                {
                    module.train(train);
                }
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (Parameter parameter in parameters())
                {
                    parameter.grad = null;
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                foreach (
                    Tensor tensor in ownParameters
                        .Select(entry => (Tensor)entry.Parameter)
                        .Concat(ownBuffers.Select(entry => entry.Buffer))
                )
                {
                    tensor.Dispose();
                }
                foreach ((_, Module module) in modules)
                {
                    module.Dispose();
                }
            }

            /// <summary>Registers the fields of the class that calls it, in their order. Called at the end of a constructor.</summary>
            protected virtual void RegisterComponents()
            {
                const BindingFlags fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
                foreach (FieldInfo field in GetType().GetFields(fields).OrderBy(field => field.MetadataToken))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                        default:
                            break;
                    }
                }
            }
        }

        public interface IModule<T, TResult>
        {
            TResult call(T input);
        }

        public abstract class Module<T, TResult> : Module, IModule<T, TResult>
        {
            protected Module(string name)
                : base(name) { }

            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }
    }
}
