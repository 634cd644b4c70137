namespace Nave.Hub.Provisioning;

/// <summary>What becomes of the twin.</summary>
/// <param name="Content">What a new identity's twin has; also what an existing one gets, unless it is kept.</param>
/// <param name="Existing">What becomes of an existing identity's twin.</param>
internal readonly record struct TwinPlan(ReadOnlyMemory<byte> Content, TwinChangeMode Existing);
