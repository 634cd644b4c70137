namespace Nave.Crash.Tests.History;

/// <summary>What a step of the registry does.</summary>
internal enum RegistryOperation
{
    Create,
    Update,
    Delete,
    Read,
}
