namespace Nave.Hub.Configurations;

/// <summary>What a configuration is aimed at.</summary>
internal enum ConfigurationKind
{
    /// <summary>The twins of devices.</summary>
    Device,

    /// <summary>The twins of modules.</summary>
    Module,

    /// <summary>Edge devices, with the modules that they run.</summary>
    Deployment,
}
