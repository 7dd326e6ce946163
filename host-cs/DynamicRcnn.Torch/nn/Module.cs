using System.Reflection;
using DynamicRcnn.Torch.Modules;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a model. Its fields that are modules, parameters or tensors are registered by name.</summary>
        public abstract partial class Module : IDisposable
        {
            private readonly string name;
            private readonly List<(string Name, Module Module)> modules = [];
            private readonly List<(string Name, Parameter Parameter)> ownParameters = [];
            private readonly List<(string Name, Tensor Buffer, bool Persistent)> ownBuffers = [];

            protected Module(string name) => this.name = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public virtual void register_module(string name, Module submodule)
            {
                RequireFree(name);
                modules.Add((name, submodule));
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                RequireFree(name);
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            /// <summary>A tensor that belongs to the module and is not trained; it leaves every scope.</summary>
            /// <param name="name">Its name in the state dict.</param>
            /// <param name="tensor">The tensor.</param>
            /// <param name="persistent">false: it is no part of the state dict.</param>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                RequireFree(name);
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor, persistent));
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
                    if (set_to_none)
                    {
                        parameter.grad = null;
                        continue;
                    }
                    using Tensor? gradient = parameter.grad;
                    gradient?.detach_().zero_();
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                foreach ((_, Parameter parameter) in ownParameters)
                {
                    parameter.Dispose();
                }
                foreach ((_, Tensor buffer, _) in ownBuffers)
                {
                    buffer.Dispose();
                }
                foreach ((_, Module module) in modules)
                {
                    module.Dispose();
                }
            }

            /// <summary>
            /// Registers the fields that are modules, parameters or tensors and are not registered yet, by field name and in their
            /// order. Called at the end of a constructor.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                const BindingFlags fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
                foreach (FieldInfo field in GetType().GetFields(fields).OrderBy(field => field.MetadataToken))
                {
                    object? value = field.GetValue(this);
                    if (field.Name[0] == '<' || IsRegistered(value))
                    {
                        continue; // the storage of a property, or a component under a name of its own
                    }
                    if (value is Module module)
                    {
                        register_module(field.Name, module);
                    }
                    else if (value is Parameter parameter)
                    {
                        register_parameter(field.Name, parameter);
                    }
                    else if (value is Tensor tensor)
                    {
                        register_buffer(field.Name, tensor);
                    }
                }
            }

            private bool IsRegistered(object? value) =>
                modules.Any(entry => ReferenceEquals(entry.Module, value))
                || ownParameters.Any(entry => ReferenceEquals(entry.Parameter, value))
                || ownBuffers.Any(entry => ReferenceEquals(entry.Buffer, value));

            private void RequireFree(string name)
            {
                bool taken =
                    modules.Any(entry => entry.Name == name)
                    || ownParameters.Any(entry => entry.Name == name)
                    || ownBuffers.Any(entry => entry.Name == name);
                if (taken)
                {
                    throw new InvalidOperationException($"{GetName()}: '{name}' is already registered.");
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

        public abstract class Module<T1, T2, TResult> : Module
        {
            protected Module(string name)
                : base(name) { }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }
    }
}
