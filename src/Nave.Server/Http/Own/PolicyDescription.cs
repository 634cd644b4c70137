namespace Nave.Server.Http.Own;

/// <summary>A shared access policy, keys included: for the owner.</summary>
internal sealed record PolicyDescription(string Name, string Rights, string PrimaryKey, string SecondaryKey);
