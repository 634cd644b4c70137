using System.Text.Json;

namespace Nave.Api;

/// <summary>A JSON error whose message is ours: it says what is permitted and quotes nothing of the input.</summary>
internal sealed class WireJsonException(string message) : JsonException(message);
